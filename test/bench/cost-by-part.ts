import { readdirSync, readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Stack } from '../stack/stack.ts';

/** The kernel's unit of processor time, the same on every Linux that Node runs on: a hundredth of a second. */
const TICK_MS = 10;
/** In /proc/PID/stat behind the name: parent, then the four sums of ticks (man 5 proc). */
const PARENT = 1;
const TICKS = [11, 12, 13, 14];

export interface Cost {
  /** Processor time, in ms. */
  cpuMs: Readonly<Record<'api' | 'processor' | 'PostgreSQL' | 'Redis' | 'the sandbox', number>>;
  /** Of PostgreSQL's write-ahead log. */
  walBytes: number;
  /** That Redis was sent, and sent. */
  redisBytes: number;
}

/** What all parts have cost since they were started; throws where there is no /proc. */
export async function costSoFar(stack: Stack): Promise<Cost> {
  const ms = processorTimes();
  const sum = (pids: readonly (number | undefined)[]): number => pids.reduce<number>((all, pid) => all + ms(pid), 0);
  return {
    cpuMs: {
      api: sum(stack.apis.map(({ service }) => service.pid)),
      processor: sum(stack.processors.map(({ service }) => service.pid)),
      PostgreSQL: sum([stack.postgres?.pid]),
      Redis: sum([stack.redis.pid]),
      // No part of the service, and yet of the machine.
      'the sandbox': sum([stack.sandbox.service.pid]),
    },
    walBytes: await walBytes(stack.databaseUrl),
    redisBytes: await redisBytes(stack.redisUrl),
  };
}

/** What each of so many cost between two looks, in words. */
export function costOfEach(before: Cost, after: Cost, count: number): string {
  const parts = Object.keys(after.cpuMs) as (keyof Cost['cpuMs'])[];
  const times = parts.map((part) => `${part} ${((after.cpuMs[part] - before.cpuMs[part]) / count).toFixed(2)} ms`);
  const kilobytes = (bytes: number): string => (bytes / count / 1_000).toFixed(1);
  return `${times.join(', ')} of a processor; ${kilobytes(after.walBytes - before.walBytes)} kB of log, ${kilobytes(after.redisBytes - before.redisBytes)} kB to and from Redis`;
}

/** By process, with all that descend from it. */
function processorTimes(): (pid: number | undefined) => number {
  const own = new Map<number, { parent: number; ms: number }>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const fields = statOf(name);
    if (fields) own.set(Number(name), { parent: Number(fields[PARENT]), ms: TICKS.reduce((all, at) => all + Number(fields[at]), 0) * TICK_MS });
  }
  const withChildren = (pid: number | undefined): number => {
    const process = pid === undefined ? undefined : own.get(pid);
    if (process === undefined) throw new Error(`there is no process ${pid}`);
    const children = [...own].filter(([, { parent }]) => parent === pid);
    return children.reduce((all, [child]) => all + withChildren(child), process.ms);
  };
  return withChildren;
}

function statOf(pid: string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    // It has ended since the folder was read.
    return undefined;
  }
}

async function walBytes(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ bytes: string }>(`SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') AS bytes`);
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}

async function redisBytes(url: string): Promise<number> {
  const redis = new Redis(url);
  try {
    const stats = await redis.info('stats');
    const [input = NaN, output = NaN] = [...stats.matchAll(/total_net_(?:in|out)put_bytes:(\d+)/g)].map(([, bytes]) => Number(bytes));
    return input + output;
  } finally {
    redis.disconnect();
  }
}

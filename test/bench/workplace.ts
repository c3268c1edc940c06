import { rmSync } from 'node:fs';
import pg from 'pg';
import { issueKey, runAdmin } from '../stack/admin.ts';
import { ensureDatabase, execute, urlForRole, urlOfDatabase } from '../stack/databases.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { startStack, type Stack, type StackOptions } from '../stack/stack.ts';
import type { Caller } from './load/jobs.ts';
import { LoadProcess } from './load-process.ts';
import type { BenchOptions } from './options.ts';
import { TraceSink } from './trace-sink.ts';

/** What a commit costs is what is compared: neither side may skip any of it. */
const DURABILITY = ['fsync', 'full_page_writes', 'synchronous_commit'];
const CONTROL_DATABASE = 'bench_control';

/** What a row works with: the product as processes, a second database for controls on the same server, a load generator. */
export interface Workplace {
  stack: Stack;
  caller: Caller;
  /** The owner's. It was migrated as the product's was, and has the same app. */
  controlUrl: string;
  load: LoadProcess;
  options: BenchOptions;
  /** What every deployable of the row is started with. */
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  /** The beginning of the names of new orders; all equally long. */
  newPrefix: () => string;
}

/** Requests are counted as in any service; one load generator, with one key, stands for many. */
const NEVER_LIMITED: NodeJS.ProcessEnv = { RATE_LIMIT_KEY_PER_SECOND: '1000000', RATE_LIMIT_IP_PER_SECOND: '1000000' };

/** Servers of its own for each row, so that none works on what another left. Everything is stopped at the end. */
export async function withWorkplace<Result>(
  surroundings: Pick<Workplace, 'options' | 'say'> & { stack: StackOptions },
  work: (place: Workplace) => Promise<Result>,
): Promise<Result> {
  const { traces } = surroundings.options;
  const sink = traces === null ? null : await TraceSink.start();
  const env = { ...NEVER_LIMITED, ...(sink && { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_TRACES_SAMPLER_ARG: String(traces) }) };
  const stack = await startStack({ ...surroundings.stack, env: { ...env, ...surroundings.stack.env } });
  let dataFolder: string | undefined;
  const load = new LoadProcess(scratchFolder().registry);
  try {
    await checkDurability(stack.databaseUrl);
    dataFolder = await show(stack.databaseUrl, 'data_directory');
    const controlUrl = await makeControlDatabase(stack);
    let prefixes = 0;
    const newPrefix = (): string => {
      prefixes += 1;
      return `b${String(prefixes).padStart(4, '0')}`;
    };
    const { appId, apiKey } = stack;
    return await work({ ...surroundings, stack, caller: { appId, apiKey }, controlUrl, env, load, newPrefix });
  } finally {
    await load.stop();
    await stack.stop();
    if (sink) surroundings.say(`    traces were sent ${sink.batches} times`);
    await sink?.stop();
    // The rows together would leave gigabytes until the run is over.
    if (dataFolder?.startsWith(scratchFolder().folder)) rmSync(dataFolder, { recursive: true });
  }
}

async function makeControlDatabase({ databaseUrl, appId }: Stack): Promise<string> {
  await ensureDatabase(databaseUrl, CONTROL_DATABASE);
  const url = urlOfDatabase(databaseUrl, CONTROL_DATABASE);
  await runAdmin(url, 'migrate');
  await issueKey(urlForRole(url, 'loomi_admin'), appId);
  return url;
}

/** Throws where the server does not wait for its disk. */
export async function checkDurability(url: string): Promise<void> {
  for (const name of DURABILITY) {
    const value = await show(url, name);
    if (value !== 'on') throw new Error(`PostgreSQL runs with ${name} ${value}: no figure would mean anything`);
  }
}

async function show(url: string, name: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, string>>(`SHOW ${name}`)).rows[0]?.[name];
  } finally {
    await client.end();
  }
}

/** Each measurement begins here, so that none pays for the pages that an earlier one left to be written. */
export function checkpoint({ stack }: Workplace): Promise<void> {
  return execute(stack.databaseUrl, 'CHECKPOINT');
}

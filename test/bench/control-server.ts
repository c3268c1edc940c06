import { join } from 'node:path';
import { urlForRole } from '../stack/databases.ts';
import { freePort } from '../stack/free-port.ts';
import { addressOf } from '../stack/programs.ts';
import { ROOT } from '../stack/project.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { Service } from '../stack/service.ts';
import { checkpoint, type Workplace } from './workplace.ts';

const PROBE_MS = 2_000;
/** Trials of a pool size, each of some seconds: after two the API does as many a second as after a minute. */
const WARM_UP_TURNS = 2;

/** A program of test/bench/controls/ as a process of its own. */
export interface ControlServer {
  url: string;
  stop(): Promise<void>;
}

/** More environment for a control, beside its database, port and pool size. */
type Extra = Readonly<Record<string, string>>;

export async function startControl({ controlUrl, stack }: Workplace, name: string, poolSize: number, extra: Extra = {}): Promise<ControlServer> {
  const port = await freePort();
  const url = addressOf(port);
  const env = {
    PATH: process.env.PATH,
    ...extra,
    // The rights of the API: checking columns costs both sides the same.
    DATABASE_URL: urlForRole(controlUrl, 'loomi_api'),
    PORT: String(port),
    POOL_SIZE: String(poolSize),
  };
  const service = new Service({
    name,
    launch: () => ({ command: process.execPath, args: [join(import.meta.dirname, 'controls', `${name}.ts`)], cwd: ROOT, env }),
    ready: () => isUp(url),
    logFile: join(stack.logFolder, `${name}.log`),
    registry: scratchFolder().registry,
  });
  await service.start();
  return { url, stop: () => service.stop() };
}

/**
 * Lets the control run with the size of its pool that serves it best, and stops it when the work is done. Before the work both
 * sides have served for a while: what is measured are processes that have run for days, and Node compiles what is hot meanwhile.
 */
export async function withBestControl<Result>(
  place: Workplace,
  { name, poolSizes, extra }: { name: string; poolSizes: readonly number[]; extra?: Extra },
  rate: (url: string) => Promise<number>,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const use = async <T>(poolSize: number, task: (url: string) => Promise<T>): Promise<T> => {
    const control = await startControl(place, name, poolSize, extra);
    try {
      return await task(control.url);
    } finally {
      await control.stop();
    }
  };
  let best = { poolSize: 0, rate: 0 };
  for (const poolSize of poolSizes) {
    await checkpoint(place);
    const reachedRate = await use(poolSize, rate);
    place.say(`    ${name} with a pool of ${poolSize}: ${reachedRate.toFixed(0)} /s`);
    if (reachedRate > best.rate) best = { poolSize, rate: reachedRate };
  }
  return use(best.poolSize, async (url) => {
    for (const side of [place.stack.baseUrl, url]) await serveForAWhile(() => rate(side));
    return work(url);
  });
}

async function serveForAWhile(serve: () => Promise<unknown>): Promise<void> {
  for (let turn = 0; turn < WARM_UP_TURNS; turn += 1) await serve();
}

async function isUp(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(PROBE_MS) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    // Not listening yet.
    return false;
  }
}

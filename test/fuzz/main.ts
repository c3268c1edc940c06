import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../stack/build.ts';
import { AnswerCheck } from './answer-check.ts';
import { ChangeWatch } from './change-watch.ts';
import { startTarget, type FuzzTarget } from './fuzz-target.ts';
import { HttpExchange } from './http-exchange.ts';
import { secretsInLogs } from './log-secrets.ts';
import { fetchDocument } from './openapi-document.ts';
import { fuzzParsers } from './parser-fuzz.ts';
import { fuzzRawHttp } from './raw-http-fuzz.ts';
import { fuzzRequests, type RequestFuzz } from './request-fuzz.ts';
import { plantedFaults } from './self-test.ts';
import { Tally } from './tally.ts';
import { fuzzWebhook } from './webhook-fuzz.ts';

const SHORT_REQUESTS = 5_000;
/** A signed notification costs several requests' time, and a raw connection too. */
const REQUESTS_PER_NOTIFICATION = 5;
const REQUESTS_PER_CONNECTION = 50;
const MESSAGES_PER_REQUEST = 4;
const LARGEST_SEED = 2 ** 31 - 1;

interface Part {
  name: string;
  /** Null where all is well, else what is not. */
  run: () => Promise<string | null>;
}

function readArguments(): { requests: number; seed: number } {
  const { values } = parseArgs({ options: { requests: { type: 'string' }, seed: { type: 'string' } } });
  const requests = Number(values.requests ?? SHORT_REQUESTS);
  const seed = Number(values.seed ?? randomInt(LARGEST_SEED));
  if (!Number.isInteger(requests) || requests < 1) throw new Error('--requests: expected a number, 1 or more');
  if (!Number.isInteger(seed) || seed < 0 || seed > LARGEST_SEED)
    throw new Error(`--seed: expected 0 to ${LARGEST_SEED}`);
  return { requests, seed };
}

/** First what reads messages, then the running service; the processor runs while notifications come, and not after. */
function partsOf(target: FuzzTarget, { requests, seed }: { requests: number; seed: number }): Part[] {
  const { world } = target;
  const http = new HttpExchange(world.stack.baseUrl);
  const tally = new Tally();
  let fuzz: RequestFuzz | undefined;
  const begun = async (): Promise<RequestFuzz> => {
    fuzz ??= {
      target,
      http,
      tally,
      check: new AnswerCheck(await fetchDocument(world.stack.baseUrl)),
      watch: await stillWatch(target),
    };
    return fuzz;
  };
  const notifications = Math.ceil(requests / REQUESTS_PER_NOTIFICATION);
  return [
    {
      name: `${requests * MESSAGES_PER_REQUEST} changed messages, read by every reader`,
      run: async () => {
        const { read, failure } = await fuzzParsers({ messages: requests * MESSAGES_PER_REQUEST, seed });
        console.log(read.join('\n'));
        return failure;
      },
    },
    {
      name: `${notifications} signed notifications that prove nothing`,
      run: async () => {
        const check = new AnswerCheck(await fetchDocument(world.stack.baseUrl));
        const signed = new Tally();
        const failure = await fuzzWebhook({ target, http, check, tally: signed }, { messages: notifications, seed });
        console.log(signed.lines().join('\n'));
        return failure;
      },
    },
    { name: 'planted faults are found', run: async () => plantedFaults(await begun()) },
    {
      name: `${requests} requests made from the document`,
      run: async () => {
        const running = await begun();
        const failure = await fuzzRequests(running, { requests, seed });
        console.log(tally.lines().join('\n'));
        return failure ?? unlookedAt(running);
      },
    },
    {
      name: `${Math.ceil(requests / REQUESTS_PER_CONNECTION)} connections with damaged HTTP`,
      run: async () => fuzzRawHttp(await begun(), { connections: Math.ceil(requests / REQUESTS_PER_CONNECTION), seed }),
    },
    { name: 'no secret in the logs', run: async () => secretsInLogs(target) },
  ];
}

/** What the processor writes by itself would be taken for the requests' doing. */
async function stillWatch({ world }: FuzzTarget): Promise<ChangeWatch> {
  await Promise.all(world.stack.processors.map(({ service }) => service.stop()));
  // Older events are gone, so that asking for them is answered with 410.
  await world.books.query('UPDATE event_log_head SET dropped_ms = 1000');
  return ChangeWatch.begin(world.books);
}

/** A call that never succeeded, or was never refused, was not looked at. */
function unlookedAt({ check, tally }: RequestFuzz): string | null {
  const unseen = tally.unseen(check.operations);
  if (unseen.length > 0) console.log(`  documented, and not seen in this run: ${unseen.join(', ')}`);
  const essential = unseen.filter((answer) => / (?:200|202|302|400)$/.test(answer) && !answer.includes('/webhooks/'));
  return essential.length === 0 ? null : `never answered so: ${essential.join(', ')}`;
}

async function main(): Promise<void> {
  const wish = readArguments();
  console.log(`fuzz: seed ${wish.seed}, ${wish.requests} requests`);
  await ensureBuilt();
  const target = await startTarget();
  let failed = 0;
  const parts = partsOf(target, wish);
  try {
    for (const { name, run } of parts) {
      console.log(`== ${name}`);
      const started = performance.now();
      const failure = await run();
      console.log(
        `== ${failure === null ? 'ok' : `FAILED\n${failure}`} (${((performance.now() - started) / 1_000).toFixed(1)} s)`,
      );
      if (failure !== null) failed += 1;
    }
  } finally {
    await target.world.stop();
  }
  console.log(`fuzz: seed ${wish.seed}`);
  console.log(`${parts.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();

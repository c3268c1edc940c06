import { Blows } from './blows.ts';
import { checkProofs, readLedger, readRows } from './books.ts';
import { CallWatch } from './call-watch.ts';
import { ChaosClock } from './chaos-clock.ts';
import type { ChaosStack } from './chaos-stack.ts';
import { Conductor } from './conductor.ts';
import { Consumers } from './consumers.ts';
import { FaultLog } from './fault-log.ts';
import type { Findings } from './findings.ts';
import { Forger } from './forger.ts';
import type { ChaosOptions } from './options.ts';
import { waitForQuiet } from './quiet.ts';
import { RedisWatch } from './redis-watch.ts';
import { CLOCK_SPEED, scheduleOf } from './schedule.ts';
import { searchSecrets } from './secret-search.ts';
import { ShopStreet } from './shop-street.ts';

/** How long the customers may take once nothing strikes any more. */
const SERVE_MS = 120_000;
const CATCH_UP_MS = 60_000;

/** Sales under faults, then quiet, then both sides' books: everything that the guarantees are judged by. */
export async function runChaos(stack: ChaosStack, { seed, minutes, perSecond }: ChaosOptions, say: (line: string) => void): Promise<Findings> {
  const log = new FaultLog(say);
  const clock = new ChaosClock(stack.books);
  const street = new ShopStreet(stack, log, seed);
  const consumers = new Consumers(stack);
  const watch = new CallWatch(stack.sandboxUrl, log);
  const hands = { blows: new Blows(stack, clock, log), forger: new Forger(stack, log), redisWatch: new RedisWatch(stack, log) };
  try {
    await clock.run(CLOCK_SPEED);
    await consumers.start();
    watch.start();
    const faults = new Conductor(stack, hands, log).play(scheduleOf(seed, minutes), seed, minutes * 60_000);
    await Promise.all([faults, street.sell(perSecond, faults)]);
    log.note('the faults are over');
    const served = street.serveAll(SERVE_MS);
    const unfinished = await waitForQuiet(stack, clock, log);
    const unserved = await served;
    if (unserved > 0) unfinished.push(`${unserved} customers were not served`);
    await watch.stop();
    const findings = await collect(stack, { street, consumers, watch, log, hands, unfinished });
    log.note(`${street.told.payments.size} orders, ${street.told.refunds.size} refunds, ${street.turnedAway} customers turned away`);
    return findings;
  } finally {
    hands.blows.close();
    hands.redisWatch.close();
    await Promise.all([watch.stop(), street.close(), consumers.stop()]);
  }
}

interface Run {
  street: ShopStreet;
  consumers: Consumers;
  watch: CallWatch;
  log: FaultLog;
  hands: { blows: Blows; forger: Forger; redisWatch: RedisWatch };
  unfinished: string[];
}

async function collect(stack: ChaosStack, { street, consumers, watch, log, hands, unfinished }: Run): Promise<Findings> {
  const rows = await readRows(stack.books);
  await consumers.caughtUp(rows.events, CATCH_UP_MS);
  const pages = new Map<string, Record<string, string>[]>();
  for (const desk of street.desks) pages.set(desk.app.id, await desk.events());
  return {
    rows,
    pages,
    told: street.told,
    ledger: await readLedger(stack.sandboxUrl),
    proofs: await checkProofs(stack),
    heard: await consumers.heard(),
    onStream: await consumers.onStream(),
    log,
    sent: hands.forger.sent,
    calls: watch.counts,
    recoveries: hands.redisWatch.recoveries,
    deployEnds: hands.blows.deploys.ends,
    unexpectedDeaths: stack.keeper.unexpected,
    unfinished,
    secrets: await searchSecrets(stack, street.told.problems),
  };
}

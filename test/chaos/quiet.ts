import { setTimeout as delay } from 'node:timers/promises';
import { readLedger } from './books.ts';
import type { ChaosClock } from './chaos-clock.ts';
import type { ChaosStack } from './chaos-stack.ts';
import type { FaultLog } from './fault-log.ts';

const QUIET_SPEED = 20;
const LOOK_EVERY_MS = 1_000;
/** Twenty times as fast this is longer than an order may live, and its longest pause between two tries. */
const PATIENCE_MS = 240_000;

const OPEN = `
SELECT 'order ' || id || ' (' || status || ', ' || coalesce(last_error, 'no error') || ')' AS what FROM payment_orders p
WHERE status IN ('pending', 'processing')
  AND NOT EXISTS (SELECT 1 FROM anomalies a WHERE a.payment_order_id = p.id AND a.resolved_at IS NULL)
UNION ALL
SELECT 'refund ' || id || ' (' || status || ', ' || coalesce(last_error, 'no error') || ')' FROM refund_orders r
WHERE status IN ('pending', 'processing')
  AND NOT EXISTS (SELECT 1 FROM anomalies a WHERE a.refund_order_id = r.id AND a.resolved_at IS NULL)
UNION ALL
SELECT 'notification ' || id FROM notifications WHERE applied_at IS NULL`;

/**
 * After the faults: the service's clock runs fast, so that its long pauses are short, until everything has ended.
 * Gives what has not when our patience is at its end.
 */
export async function waitForQuiet(stack: ChaosStack, clock: ChaosClock, log: FaultLog): Promise<string[]> {
  await clock.run(QUIET_SPEED);
  const deadline = performance.now() + PATIENCE_MS;
  let left: string[] = [];
  do {
    left = [...(await openWork(stack)), ...(await openPages(stack))];
    if (left.length === 0) break;
    await delay(LOOK_EVERY_MS);
  } while (performance.now() < deadline);
  await clock.run(1);
  log.note(left.length === 0 ? 'everything has ended' : `still open: ${left.length}`);
  return left;
}

async function openWork({ books }: ChaosStack): Promise<string[]> {
  return (await books.query<{ what: string }>(OPEN)).rows.map(({ what }) => what);
}

async function openPages({ sandboxUrl }: ChaosStack): Promise<string[]> {
  const ledger = await readLedger(sandboxUrl);
  return ledger.filter(({ order_status: status }) => ['0', '1', '3'].includes(status)).map((page) => `page ${page.out_order_no} at Lakala`);
}

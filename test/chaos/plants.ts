import { checkProofs, readLedger, readRows } from './books.ts';
import type { ChaosStack } from './chaos-stack.ts';
import type { Findings } from './findings.ts';
import type { Plant } from './options.ts';

/** The line that a plant must turn red. */
export const REDDENS: Readonly<Record<Plant, string>> = { 'lost-event': 'G5', 'doubled-refund': 'G3', 'false-failed': 'G4' };

/** Puts one wrong into the books, as a service that breaks its promise would leave it, and gives them as they are then. */
export async function plant(kind: Plant, stack: ChaosStack, findings: Findings): Promise<Findings> {
  switch (kind) {
    case 'lost-event':
      return loseEvent(findings);
    case 'doubled-refund':
      await doubleRefund(stack, findings);
      break;
    case 'false-failed':
      await failFalsely(stack, findings);
      break;
    default:
      return kind satisfies never;
  }
  const { books, sandboxUrl } = stack;
  return { ...findings, rows: await readRows(books), ledger: await readLedger(sandboxUrl), proofs: await checkProofs(stack) };
}

/** One event never came to its app. */
function loseEvent(findings: Findings): Findings {
  const lost = findings.heard.find(({ entries }) => entries.length > 0)?.entries[0]?.event_id;
  if (lost === undefined) throw new Error('no event was heard, so none can be lost');
  const heard = findings.heard.map((one) => ({ ...one, entries: one.entries.filter(({ event_id: id }) => id !== lost) }));
  return { ...findings, heard };
}

/** The same amount goes back a second time under another number. */
async function doubleRefund({ sandboxUrl }: ChaosStack, { ledger }: Findings): Promise<void> {
  const order = ledger.find(({ refunds, paid_amount: paid }) => refunds.some(({ amount, state }) => state === 'SUCCESS' && amount * 2 <= paid));
  const refund = order?.refunds.find(({ state }) => state === 'SUCCESS');
  if (order === undefined || refund === undefined) throw new Error('no refund went through, so none can be doubled');
  const answer = await fetch(`${sandboxUrl}/control/orders/${order.out_order_no}/refund`, { method: 'POST', body: JSON.stringify({ amount: refund.amount }) });
  if (!answer.ok) throw new Error(`the sandbox does not refund: ${answer.status} ${await answer.text()}`);
}

/** A paid order is failed past every guard. */
async function failFalsely({ books }: ChaosStack, { rows }: Findings): Promise<void> {
  const paid = rows.payments.find(({ status, refunded_amount: refunded }) => status === 'succeeded' && refunded === 0);
  if (paid === undefined) throw new Error('no order is paid, so none can fail falsely');
  await books.query('ALTER TABLE payment_orders DISABLE TRIGGER guard_payment_order');
  await books.query(
    `UPDATE payment_orders SET status = 'failed', failure_code = 'expired', gateway_transaction_id = NULL, paid_at = NULL, failed_at = loomi_now() WHERE id = $1`,
    [paid.id],
  );
  await books.query('ALTER TABLE payment_orders ENABLE TRIGGER guard_payment_order');
}

import type { LedgerOrder, PaymentRow, RefundRow } from './books.ts';
import { Inquest, type Findings, type Verdict } from './findings.ts';

const OPEN_AT_LAKALA = ['0', '1', '3'];
const FINAL = ['succeeded', 'failed'];
const FAILOVER = 'postgres fails over';
const PROCESS_BLOWS = ['kill api', 'kill processor', 'kill both processors', 'kill both apis', 'postgres restart', 'postgres killed', FAILOVER];

/** The two books side by side, by order. */
export interface Matched {
  payment: PaymentRow;
  pages: LedgerOrder[];
}

export function matchBooks({ rows, ledger }: Findings): Matched[] {
  const atLakala = new Map(ledger.map((order) => [order.out_order_no, order]));
  const pages = Map.groupBy(rows.attempts, (attempt) => attempt.payment_order_id);
  return rows.payments.map((payment) => ({
    payment,
    pages: (pages.get(payment.id) ?? []).flatMap((attempt) => atLakala.get(attempt.out_order_no) ?? []),
  }));
}

/** G1: what was accepted exists, and has ended or stands among the anomalies. */
export function judgeAccepted(findings: Findings): Verdict {
  const { told, rows, log } = findings;
  const inquest = new Inquest();
  const raised = new Set(rows.anomalies.flatMap((anomaly) => [anomaly.payment_order_id, anomaly.refund_order_id]));
  const payments = new Map(rows.payments.map((row) => [row.id, row]));
  const refunds = new Map(rows.refunds.map((row) => [row.id, row]));
  const ended = (row: PaymentRow | RefundRow): boolean => FINAL.includes(row.status) || raised.has(row.id);
  for (const { ids, appId, merchantOrderId, status } of told.payments.values()) {
    for (const id of ids) {
      const row = payments.get(id);
      inquest.check(row?.app_id === appId && row.merchant_order_id === merchantOrderId, () => `order ${id} (${appId}/${merchantOrderId}) was accepted and is gone`);
      const agrees = row === undefined || !FINAL.includes(status) || row.status === status;
      inquest.check(agrees, () => `order ${id} was told to be ${status} and is ${row?.status}`);
    }
  }
  for (const { ids, paymentId } of told.refunds.values()) {
    for (const id of ids) inquest.check(refunds.get(id)?.payment_order_id === paymentId, () => `refund ${id} was accepted and is gone`);
  }
  for (const row of [...rows.payments, ...rows.refunds]) {
    inquest.check(ended(row), () => `${'sends' in row ? 'refund' : 'order'} ${row.id} never ended: ${row.status}, last error: ${row.last_error}`);
  }
  for (const { guarantee, what } of told.broken) if (guarantee === 'G1') inquest.check(false, () => what);
  return inquest.verdict('G1', 'an accepted order is never lost', log.count(...PROCESS_BLOWS));
}

/** G8: after a failover everything that was promised is on the new primary, and the service goes on without a restart. */
export function judgeFailover({ told, rows, ledger, log, unexpectedDeaths }: Findings): Verdict {
  const inquest = new Inquest();
  const ids = new Set([...rows.payments, ...rows.refunds].map(({ id }) => id));
  for (const one of [...told.payments.values(), ...told.refunds.values()]) {
    for (const id of one.ids) inquest.check(ids.has(id), () => `${id} was accepted and is on no server that is left`);
  }
  const kept = Map.groupBy(rows.notifications, (one) => one.out_order_no);
  for (const { out_order_no: number, notifications } of ledger) {
    const have = kept.get(number)?.length ?? 0;
    inquest.check(have >= notifications.acknowledged, () => `of ${number} ${notifications.acknowledged} notifications were acknowledged and ${have} are on the server that is left`);
  }
  const failovers = log.struck.filter(({ kind }) => kind === FAILOVER);
  for (const { toMs } of failovers) {
    const accepted = told.creates.some(({ fromMs, status }) => fromMs > toMs && status === 202);
    inquest.check(accepted, () => `nothing was accepted after the failover at ${Math.round(toMs)} ms`);
  }
  for (const death of unexpectedDeaths) inquest.check(false, () => death);
  return inquest.verdict('G8', 'PostgreSQL may fail over', failovers.length);
}

/** G2: one order, one page handed out, one payment; a page that nobody has is closed. */
export function judgePages(findings: Findings, matched: readonly Matched[]): Verdict {
  const { told, rows, ledger } = findings;
  const inquest = new Inquest();
  for (const [key, { ids, pages }] of told.payments) {
    inquest.check(ids.size === 1, () => `one request ${key} became the orders ${[...ids].join(', ')}`);
    inquest.check(pages.size <= 1, () => `two pages were handed out for ${key}: ${[...pages].join(' and ')}`);
  }
  for (const { payment, pages } of matched) {
    const trades = pages.flatMap((page) => page.paid_trades);
    inquest.check(trades.length <= 1, () => `order ${payment.id} was paid ${trades.length} times at Lakala`);
    const open = pages.filter((page) => OPEN_AT_LAKALA.includes(page.order_status));
    inquest.check(open.length === 0, () => `order ${payment.id} is ${payment.status}, and ${open.length} of its pages can still be paid (${open.map((page) => page.out_order_no).join(', ')})`);
  }
  const twice = rows.anomalies.filter(({ kind }) => kind === 'paid_twice');
  inquest.check(twice.length === 0, () => `anomalies paid_twice: ${twice.map(({ detail }) => detail).join('; ')}`);
  for (const { guarantee, what } of told.broken) if (guarantee === 'G2') inquest.check(false, () => what);
  const lost = ledger.filter(({ page }) => page === 'answer_lost').length;
  const abandoned = rows.attempts.filter(({ state }) => state === 'abandoned').length;
  return inquest.verdict('G2', 'one order, one payment', Math.max(lost, abandoned));
}

/** G3: what went back is what was asked for, once, and never more than was paid. */
export function judgeRefunds(findings: Findings, matched: readonly Matched[]): Verdict {
  const { told, rows } = findings;
  const inquest = new Inquest();
  const byPayment = Map.groupBy(rows.refunds, (refund) => refund.payment_order_id);
  for (const { payment, pages } of matched) {
    const paid = pages.reduce((sum, page) => sum + page.paid_amount, 0);
    const back = pages.flatMap((page) => page.refunds).filter(({ state }) => state !== 'FAIL');
    const total = back.reduce((sum, refund) => sum + refund.amount, 0);
    inquest.check(total <= paid, () => `order ${payment.id} was paid ${paid} fen, and ${total} went back`);
    const ours = byPayment.get(payment.id) ?? [];
    for (const refund of ours) checkRefund(inquest, refund, back.filter(({ out_trade_no: number }) => number === refund.out_trade_no));
    const known = new Set(ours.map(({ out_trade_no: number }) => number));
    for (const refund of back) {
      inquest.check(known.has(refund.out_trade_no), () => `Lakala refunded ${refund.amount} fen of order ${payment.id} (${refund.out_trade_no}) that no refund of ours is`);
    }
    const succeeded = ours.filter(({ status }) => status === 'succeeded').reduce((sum, { amount }) => sum + amount, 0);
    inquest.check(payment.refunded_amount === succeeded, () => `order ${payment.id} shows ${payment.refunded_amount} fen refunded, its refunds ${succeeded}`);
  }
  for (const [key, { ids }] of told.refunds) inquest.check(ids.size === 1, () => `one refund ${key} became ${[...ids].join(', ')}`);
  const elsewhere = rows.anomalies.filter(({ kind }) => kind === 'refunded_elsewhere');
  inquest.check(elsewhere.length === 0, () => `anomalies refunded_elsewhere: ${elsewhere.map(({ detail }) => detail).join('; ')}`);
  for (const { guarantee, what } of told.broken) if (guarantee === 'G3') inquest.check(false, () => what);
  const inDoubt = rows.refunds.filter(({ asked, sends }) => asked || sends > 1).length;
  return inquest.verdict('G3', 'refunds never exceed the payment, each is paid once', inDoubt);
}

function checkRefund(inquest: Inquest, refund: RefundRow, atLakala: readonly { amount: number; state: string; trade_no: string }[]): void {
  const done = atLakala.filter(({ state }) => state === 'SUCCESS');
  const [one] = done;
  const isRight =
    refund.status === 'succeeded'
      ? done.length === 1 && one?.amount === refund.amount && one.trade_no === refund.gateway_refund_id
      : done.length === 0;
  inquest.check(isRight, () => `refund ${refund.id} of ${refund.amount} fen is ${refund.status}, and Lakala's book says ${JSON.stringify(atLakala)}`);
}

/** G4: an end is what Lakala's book says, and is proven by its signature. */
export function judgeEnds(findings: Findings, matched: readonly Matched[]): Verdict {
  const { told, rows, proofs, sent, log } = findings;
  const inquest = new Inquest();
  for (const { payment, pages } of matched) {
    const trades = pages.flatMap((page) => page.paid_trades);
    const paid = trades.map((trade) => `${trade.trade_no} of ${trade.amount} fen`).join(', ') || 'nothing';
    const isRight =
      payment.status === 'succeeded'
        ? trades.some((trade) => trade.trade_no === payment.gateway_transaction_id && trade.amount === payment.amount)
        : trades.length === 0;
    inquest.check(isRight, () => `order ${payment.id} of ${payment.amount} fen is ${payment.status}, and Lakala was paid ${paid}`);
  }
  for (const { id, status } of [...rows.payments, ...rows.refunds]) {
    if (FINAL.includes(status)) inquest.check(proofs.proven.has(id), () => `${id} is ${status} without proof`);
  }
  for (const flaw of proofs.flaws) inquest.check(false, () => flaw);
  const late = rows.anomalies.filter(({ kind }) => kind === 'paid_late');
  inquest.check(late.length === 0, () => `anomalies paid_late: ${late.map(({ detail }) => detail).join('; ')}`);
  inquest.checks += told.latePays.tried;
  for (const taken of told.latePays.taken) inquest.check(false, () => taken);
  const forged = sent.filter(({ kind }) => ['wrong signature', 'no signature', 'stale'].includes(kind));
  for (const { kind, outOrderNo, status, acknowledged } of forged) {
    inquest.check(!acknowledged, () => `a message with ${kind} about ${outOrderNo} was acknowledged (${status})`);
  }
  for (const { guarantee, what } of told.broken) if (guarantee === 'G4') inquest.check(false, () => what);
  return inquest.verdict('G4', 'final means proven', sent.length + log.count('Lakala forging', 'Lakala silent', 'Lakala losing'));
}

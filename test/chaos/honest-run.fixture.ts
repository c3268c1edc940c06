import type { EventRow, LedgerOrder } from './books.ts';
import type { Findings } from './findings.ts';
import type { Struck } from './strikes.ts';
import { Told } from './told.ts';

const [ORDER, REFUND, ATTEMPT] = ['order-1', 'refund-1', 'attempt-1'];

/** One order paid and partly taken back under a few faults, as every book tells it where all promises were kept. */
export function honestRun(): Findings {
  const events = [
    event('payment', ORDER, 1, 'pending', 'processing'),
    event('payment', ORDER, 2, 'processing', 'succeeded'),
    event('refund', REFUND, 1, 'pending', 'processing'),
    event('refund', REFUND, 2, 'processing', 'succeeded'),
  ];
  const heardOf = (kind: string) => events.filter((one) => one.kind === kind).map(({ fields }) => fields);
  const struck = STRUCK.map((kind, index): Struck => ({ kind, parts: partsOf(kind), fromMs: index * 10_000, toMs: index * 10_000 + 1_000 }));
  return {
    told: told(),
    rows: {
      payments: [{ id: ORDER, app_id: 'shop', merchant_order_id: 'SALE-1', status: 'succeeded', amount: 1_000, gateway_transaction_id: 'trade-1', refunded_amount: 400, failures: 0, last_error: null }],
      refunds: [{ id: REFUND, app_id: 'shop', payment_order_id: ORDER, merchant_refund_id: 'BACK-1', out_trade_no: 'out-1', status: 'succeeded', amount: 400, gateway_refund_id: 'back-1', sends: 2, asked: true, last_error: null }],
      attempts: [{ payment_order_id: ORDER, out_order_no: ATTEMPT, state: 'payable' }, { payment_order_id: ORDER, out_order_no: 'attempt-0', state: 'abandoned' }],
      events,
      anomalies: [],
      notifications: [{ out_order_no: ATTEMPT, applied: true }],
      notificationKeys: 1,
    },
    ledger: [page(ATTEMPT, '6', true), page('attempt-0', '7', false)],
    proofs: { proven: new Set([ORDER, REFUND]), flaws: [] },
    heard: [
      { appId: 'shop', kind: 'payment', entries: heardOf('payment'), pending: new Set(), failures: 1 },
      { appId: 'shop', kind: 'refund', entries: heardOf('refund'), pending: new Set(), failures: 1 },
    ],
    onStream: new Set(events.map(({ kind, entry_id: id }) => `${kind} ${id}`)),
    pages: new Map([['shop', events.map(({ fields }) => fields)]]),
    log: {
      struck,
      count: (...kinds) => struck.filter(({ kind }) => kinds.includes(kind)).length,
      hitting: (part, fromMs, toMs) => struck.filter((one) => one.fromMs < toMs && one.toMs > fromMs && one.parts.some((hit) => hit.startsWith(part))),
    },
    sent: [{ kind: 'no signature', outOrderNo: ATTEMPT, status: 401, acknowledged: false }],
    calls: [{ atMs: 0, calls: 0 }, { atMs: 11_000, calls: 100 }],
    recoveries: [{ kind: 'redis wiped', ms: 300, crowding: 0.5 }],
    deployEnds: ['api-1: exit code 0'],
    unexpectedDeaths: [],
    unfinished: [],
    secrets: { searched: 10, secrets: 5, found: [], findsPlanted: true },
  };
}

const STRUCK = ['kill processor', 'redis wiped', 'Lakala silent', 'rolling deploy', 'kill api', 'postgres fails over'];

function partsOf(kind: string): string[] {
  if (kind === 'redis wiped') return ['redis'];
  if (kind === 'postgres fails over') return ['postgres'];
  if (kind === 'Lakala silent') return ['lakala'];
  return [kind === 'kill processor' ? 'processor-1' : 'api-1'];
}

function told(): Told {
  const one = new Told();
  one.payments.set('shop/SALE-1', { appId: 'shop', merchantOrderId: 'SALE-1', ids: new Set([ORDER]), amount: 1_000, pages: new Set(['http://page']), status: 'succeeded' });
  one.refunds.set('BACK-1', { appId: 'shop', paymentId: ORDER, merchantRefundId: 'BACK-1', ids: new Set([REFUND]), amount: 400, status: 'pending' });
  one.creates.push(...[10_100, 20_100, 60_100].map((fromMs) => ({ fromMs, toMs: fromMs + 100, replica: 'api-2', status: 202 })));
  one.duringDeploy.answered = 5;
  one.trespasses.refused = 3;
  one.vandalism.push({ what: 'half a body', fromMs: 50, toMs: 60, replica: 'api-1', status: 400 });
  one.latePays.tried = 1;
  return one;
}

function event(kind: 'payment' | 'refund', subject: string, seq: number, from: string, to: string): EventRow {
  const id = `${subject}-${seq}`;
  const fields = { event_id: id, app_id: 'shop', old_status: from, new_status: to, amount: '1000' };
  return { id, kind, subject_id: subject, seq, app_id: 'shop', fields, entry_id: `${seq}-0`, recent: true };
}

function page(outOrderNo: string, status: string, isPaid: boolean): LedgerOrder {
  return {
    out_order_no: outOrderNo,
    amount: 1_000,
    order_status: status,
    callback_url: null,
    order_info: 'sale',
    page: isPaid ? 'answered' : 'answer_lost',
    paid_amount: isPaid ? 1_000 : 0,
    refunded_amount: isPaid ? 400 : 0,
    paid_trades: isPaid ? [{ trade_no: 'trade-1', amount: 1_000 }] : [],
    refunds: isPaid ? [{ out_trade_no: 'out-1', trade_no: 'back-1', amount: 400, state: 'SUCCESS' }] : [],
    calls: {},
    notifications: { made: isPaid ? 1 : 0, lost: 0, deliveries: isPaid ? 2 : 0, acknowledged: isPaid ? 1 : 0, waiting: 0 },
  };
}

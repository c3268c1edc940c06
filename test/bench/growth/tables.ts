import { firstWithin, idOf, lifeOf, type Life, type Past } from './life.ts';

/** The product's defaults; what is older was dropped with its day. */
export const EVENT_DAYS = 30;
export const INBOX_DAYS = 90;

const AMOUNT_FEN = '1250';
const MERCHANT = '82229007392000A';
const TERMINAL = 'D9296381';
/** A tenth as long as Lakala's and with no true signature: nothing that is measured reads an old proof. */
const SIGNATURE = 'c2lnbmF0dXJl'.repeat(4);
const CERTIFICATE = 'a certificate';
const NULL = '\\N';
/** Those that are open wait for their payers for a day more, so that no pass asks about them. */
const WAIT_MS = 86_400_000;

/** How one table is filled: its columns, and of each order from the first on its lines, columns in between by tabs. */
export interface Filling {
  columns: readonly string[];
  first: (past: Past) => number;
  linesOf: (life: Life, past: Past) => readonly string[];
}

const all = (): number => 0;

export const FILLINGS = {
  payment_orders: {
    columns: [
      'id', 'app_id', 'merchant_order_id', 'status', 'order_type', 'amount', 'subject', 'extra_data', 'expires_in', 'expires_at',
      'close_requested_at', 'payment_url', 'gateway_transaction_id', 'lakala_callback', 'failure_code', 'failure_message', 'paid_at',
      'failed_at', 'event_seq', 'rechecks', 'due_at', 'lease_no', 'created_at', 'updated_at',
    ],
    first: all,
    linesOf: (life) => [orderLine(life)],
  },
  gateway_attempts: {
    columns: ['id', 'payment_order_id', 'out_order_no', 'state', 'over', 'merchant_no', 'term_no', 'amount', 'pay_order_no', 'begun_at'],
    first: all,
    linesOf: (life) => {
      const over = life.status === 'processing' ? 'f' : 't';
      const payOrderNo = `21092211012001970631${digits(life.index, 8)}`;
      return [line(life.attemptId, life.id, numberOf(life), 'payable', over, MERCHANT, TERMINAL, AMOUNT_FEN, payOrderNo, life.createdAt)];
    },
  },
  trades: {
    columns: [
      'trade_no', 'payment_order_id', 'attempt_id', 'log_no', 'merchant_no', 'term_no', 'acc_trade_no', 'pay_mode', 'amount', 'paid_at',
      'created_at',
    ],
    first: all,
    linesOf: (life) => {
      if (life.status !== 'succeeded') return [];
      const { id, attemptId, endedAt } = life;
      const number = tradeNo(life);
      return [line(number, id, attemptId, logNo(life), MERCHANT, TERMINAL, `${number}000001`, 'ALIPAY', AMOUNT_FEN, endedAt, endedAt)];
    },
  },
  outcomes: {
    columns: [
      'subject_id', 'subject', 'status', 'amount', 'proof', 'attempt_id', 'source', 'raw', 'signed_text_prefix', 'signature', 'certificate',
      'recorded_at',
    ],
    first: all,
    linesOf: (life) => {
      if (life.status === 'processing') return [];
      const source = life.status === 'succeeded' ? 'notification' : 'query';
      const said = line(rawOf(life), prefixOf(life), SIGNATURE, CERTIFICATE, life.endedAt);
      return [line(life.id, 'payment', life.status, AMOUNT_FEN, 'gateway', life.attemptId, source, said)];
    },
  },
  events: {
    columns: ['id', 'position', 'kind', 'subject_id', 'seq', 'app_id', 'fields', 'entry_ms', 'entry_seq', 'created_at'],
    first: (past) => firstWithin(past, EVENT_DAYS),
    linesOf: (life) => {
      const page = eventLine(life, { seq: 1, atMs: life.pageMs, from: 'pending', to: 'processing' });
      if (life.status === 'processing') return [page];
      return [page, eventLine(life, { seq: 2, atMs: life.endedMs, from: 'processing', to: life.status })];
    },
  },
  notification_keys: {
    columns: ['business_key', 'notification_id'],
    first: all,
    // One after the other, as if they had been sorted before: scattered, as real ones are, they would take far longer to load.
    linesOf: (life, { orders }) => {
      if (life.status !== 'succeeded') return [];
      const key = Math.floor((life.index / orders) * 2 ** 48).toString(16).padStart(12, '0');
      return [line(`\\\\x${key.padEnd(64, '0')}`, idOf(life.endedMs, 'notification', life.index))];
    },
  },
  notifications: {
    columns: ['id', 'out_order_no', 'raw', 'signed_text_prefix', 'signature', 'certificate', 'received_at', 'applied_at', 'due_at'],
    first: (past) => firstWithin(past, INBOX_DAYS),
    linesOf: (life) => {
      if (life.status !== 'succeeded') return [];
      const [id, at] = [idOf(life.endedMs, 'notification', life.index), life.endedAt];
      return [line(id, numberOf(life), rawOf(life), prefixOf(life), SIGNATURE, CERTIFICATE, at, at, at)];
    },
  },
} satisfies Record<string, Filling>;

export type TableName = keyof typeof FILLINGS;

/** All lines of a table, as COPY reads them. */
export function* linesOf(table: TableName, past: Past): Generator<string> {
  const { first, linesOf: ofLife }: Filling = FILLINGS[table];
  for (let index = first(past); index < past.orders; index += 1) yield* ofLife(lifeOf(past, index), past);
}

function orderLine(life: Life): string {
  const { status, createdMs, createdAt, endedAt, index } = life;
  const isOpen = status === 'processing';
  const isPaid = status === 'succeeded';
  const ifFailed = (value: string): string => (status === 'failed' ? value : NULL);
  return line(
    life.id, life.app, life.name, status, 'payment', AMOUNT_FEN, 'Two tickets', '{"return_url": "https://shop.example/thanks"}',
    isOpen ? '172800' : '1800', time(createdMs + (isOpen ? 2 * WAIT_MS : 1_800_000)), ifFailed(createdAt),
    `https://q.huijingcai.top/r/0000?pageStyle%3DV2%26token%3DCCSSps${digits(index, 14)}`,
    isPaid ? tradeNo(life) : NULL, isPaid ? callbackOf(life) : NULL, ifFailed('closed'), ifFailed('Lakala: closed'),
    isPaid ? endedAt : NULL, ifFailed(endedAt), isOpen ? '1' : '2', status === 'failed' ? '3' : '0',
    isOpen ? time(createdMs + WAIT_MS) : NULL, isOpen ? '1' : '2', createdAt, isOpen ? time(life.pageMs) : endedAt,
  );
}

function eventLine(life: Life, move: { seq: number; atMs: number; from: string; to: string }): string {
  const { seq, atMs, from, to } = move;
  const isPaid = to === 'succeeded';
  const id = idOf(atMs, 'event', life.index);
  const fields = {
    event_id: id,
    event_type: 'payment_status_changed',
    payment_order_id: life.id,
    app_id: life.app,
    merchant_order_id: life.name,
    order_type: 'payment',
    old_status: from,
    new_status: to,
    gateway_transaction_id: isPaid ? tradeNo(life) : '',
    amount: AMOUNT_FEN,
    failure_code: to === 'failed' ? 'closed' : '',
    timestamp: `${new Date(atMs).toISOString().slice(0, 19)}Z`,
  };
  return line(id, String(2 * life.index + seq), 'payment', life.id, String(seq), life.app, JSON.stringify(fields), String(atMs), '0', time(atMs));
}

function callbackOf(life: Life): string {
  const lakalas = `"trade_no": "${tradeNo(life)}", "log_no": "${logNo(life)}", "acc_trade_no": "${tradeNo(life)}000001", "pay_mode": "ALIPAY"`;
  return `{"payStatus": "S", "timestamp": "${life.endedAt}", ${lakalas}, "trade_time": "20250311195618", "payer_amount": 1250, "total_amount": 1250}`;
}

function rawOf(life: Life): string {
  const said = `{"out_order_no":"${numberOf(life)}","order_status":"2","total_amount":${AMOUNT_FEN}}`;
  return `\\\\x${Buffer.from(said).toString('hex')}`;
}

function prefixOf({ endedMs }: Life): string {
  return `${Math.floor(endedMs / 1_000)}\\n0123456789ab\\n`;
}

function numberOf({ attemptId }: Life): string {
  return attemptId.replaceAll('-', '');
}

function logNo({ index }: Life): string {
  return `66${digits(index, 12)}`;
}

function tradeNo(life: Life): string {
  return life.endedAt.slice(0, 10).replaceAll('-', '') + logNo(life);
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

function line(...values: string[]): string {
  return values.join('\t');
}

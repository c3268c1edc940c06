import { In, type DataSource, type EntityManager } from 'typeorm';
import { GatewayAttempt } from '#domain/entities/gateway-attempt.entity.js';
import { GatewayWord } from '#domain/entities/gateway-word.entity.js';
import { OperatorAct } from '#domain/entities/operator-act.entity.js';
import { Outcome } from '#domain/entities/outcome.entity.js';
import { PaymentOrder } from '#domain/entities/payment-order.entity.js';
import { RefundOrder } from '#domain/entities/refund-order.entity.js';
import { StoredEvent } from '#domain/entities/event.entity.js';
import { Trade } from '#domain/entities/trade.entity.js';
import { serviceNow } from '#domain/moves/locked-payment.js';
import { findAnomalies, type AnomalyRow } from '../anomalies/anomalies.js';

const MAX_ANOMALIES = 200;
const MAX_ACTS = 200;

/** A message of Lakala's that waits in the inbox. */
export interface UnreadMessage {
  id: string;
  out_order_no: string;
  received_at: Date;
  failures: number;
}

/** All rows that tell of an order and its refunds, as of one moment, each list in the order it came about. */
export interface OrderHistory {
  nowMs: number;
  order: PaymentOrder;
  attempts: GatewayAttempt[];
  trades: Trade[];
  refunds: RefundOrder[];
  words: GatewayWord[];
  events: StoredEvent[];
  outcomes: Outcome[];
  anomalies: AnomalyRow[];
  acts: OperatorAct[];
  unread: UnreadMessage[];
}

/** Reads it as of one moment: what is decided meanwhile must not stand beside what it was decided from. */
export async function readHistory(database: DataSource, paymentOrderId: string): Promise<OrderHistory> {
  return database.transaction('REPEATABLE READ', (manager) => read(manager, paymentOrderId));
}

async function read(manager: EntityManager, paymentOrderId: string): Promise<OrderHistory> {
  const order = await manager.findOneByOrFail(PaymentOrder, { id: paymentOrderId });
  const attempts = await manager.find(GatewayAttempt, { where: { paymentOrderId }, order: { begunAt: 'ASC', id: 'ASC' } });
  const trades = await manager.find(Trade, { where: { paymentOrderId }, order: { createdAt: 'ASC' } });
  const refunds = await manager.find(RefundOrder, { where: { paymentOrderId }, order: { createdAt: 'ASC', id: 'ASC' } });
  const anomalies = await findAnomalies(manager, { paymentOrderId, resolvedToo: true, limit: MAX_ANOMALIES });
  const unread = await unreadOf(manager, attempts);
  const subjects = [order.id, ...refunds.map(({ id }) => id)];
  const spokenOf = [...attempts, ...refunds].map(({ id }) => id);
  const targets = [...subjects, ...anomalies.map(({ id }) => id), ...unread.map(({ id }) => id)];
  return {
    nowMs: await serviceNow(manager),
    order,
    attempts,
    trades,
    refunds,
    words: await manager.find(GatewayWord, { where: { subjectId: In(spokenOf) }, order: { firstAt: 'ASC', seq: 'ASC' } }),
    events: await manager.find(StoredEvent, { where: { subjectId: In(subjects) }, order: { position: 'ASC' } }),
    outcomes: await manager.find(Outcome, { where: { subjectId: In(subjects) } }),
    anomalies,
    acts: await manager.find(OperatorAct, { where: { target: In(targets) }, order: { createdAt: 'ASC' }, take: MAX_ACTS }),
    unread,
  };
}

async function unreadOf(manager: EntityManager, attempts: readonly GatewayAttempt[]): Promise<UnreadMessage[]> {
  return manager.query<UnreadMessage[]>(
    `SELECT id, out_order_no, received_at, failures FROM notifications
     WHERE out_order_no = ANY($1) AND applied_at IS NULL ORDER BY received_at`,
    [attempts.map(({ outOrderNo }) => outOrderNo)],
  );
}

import type { EntityManager } from 'typeorm';
import { PaymentOrder } from '#domain/entities/payment-order.entity.js';
import { RefundOrder } from '#domain/entities/refund-order.entity.js';
import { Trade } from '#domain/entities/trade.entity.js';
import type { Resolution } from '#domain/orders/anomaly-resolutions.js';
import type { AnomalyKind } from '#domain/orders/gateway-answer.js';
import { isFinalRefund } from '#domain/orders/refund-moves.js';
import { Refusal } from '../refusal.js';
import { yuan } from '../terminal/values.js';

export interface OpenAnomaly {
  id: string;
  kind: AnomalyKind;
  payment_order_id: string | null;
  refund_order_id: string | null;
  trade_no: string | null;
}

/** What resolving the anomaly so does, in one sentence; refuses what its order, trade or refund do not allow. */
export async function effectOf(
  manager: EntityManager,
  anomaly: OpenAnomaly,
  { as, refundTradeNo }: { as: Resolution; refundTradeNo: string | null },
): Promise<string> {
  switch (as) {
    case 'handled':
      return handled(manager, anomaly);
    case 'refund':
      return refunding(await untouchedTrade(manager, anomaly));
    case 'accept':
      return accepting(await untouchedTrade(manager, anomaly));
    case 'refund_failed': {
      const refund = await openRefund(manager, anomaly);
      return `refund ${refund.id} fails and its ${yuan(refund.amount)} yuan can be refunded again: only where Lakala did not and will not pay them out`;
    }
    case 'refund_succeeded': {
      const refund = await openRefund(manager, anomaly);
      return `refund ${refund.id} succeeds with ${yuan(refund.amount)} yuan, under Lakala's number ${refundTradeNo}`;
    }
    case 'ask':
      return `Lakala is asked about refund ${(await openRefund(manager, anomaly)).id} again at once; the anomaly stays`;
    default:
      return as satisfies never;
  }
}

async function handled(manager: EntityManager, { id, refund_order_id }: OpenAnomaly): Promise<string> {
  const refunds = await manager.findBy(RefundOrder, [{ anomalyId: id }, ...(refund_order_id === null ? [] : [{ id: refund_order_id }])]);
  const open = refunds.find(({ status }) => !isFinalRefund(status));
  if (open !== undefined) throw new Refusal(`refund ${open.id} is ${open.status}: it has to end first`);
  return 'the anomaly is marked as resolved; no order and no money is moved';
}

interface UntouchedTrade {
  order: PaymentOrder;
  trade: Trade;
}

async function untouchedTrade(manager: EntityManager, anomaly: OpenAnomaly): Promise<UntouchedTrade> {
  const trade = anomaly.trade_no === null ? null : await manager.findOneBy(Trade, { tradeNo: anomaly.trade_no });
  if (trade === null) throw new Refusal('no trade is booked for this anomaly');
  const order = await manager.findOneByOrFail(PaymentOrder, { id: trade.paymentOrderId });
  if (order.gatewayTransactionId === trade.tradeNo) throw new Refusal(`trade ${trade.tradeNo} is the one that paid order ${order.id}`);
  if (trade.refundReserved > 0) throw new Refusal(`trade ${trade.tradeNo} is being refunded, or was`);
  return { order, trade };
}

function refunding({ trade }: UntouchedTrade): string {
  const back = `Lakala gives ${yuan(trade.amount)} yuan of trade ${trade.tradeNo} back to the payer`;
  return `${back}; no app hears of it, and the anomaly is resolved when Lakala says that it succeeded`;
}

function accepting({ order, trade }: UntouchedTrade): string {
  if (order.status !== 'failed') throw new Refusal(`order ${order.id} is ${order.status}: only a failed one can be accepted`);
  return `order ${order.merchantOrderId} of ${order.appId} (${order.id}) moves from failed to succeeded, paid by trade ${trade.tradeNo}, and the app hears of it`;
}

async function openRefund(manager: EntityManager, { refund_order_id: id }: OpenAnomaly): Promise<RefundOrder> {
  const refund = id === null ? null : await manager.findOneBy(RefundOrder, { id });
  if (refund === null) throw new Refusal('the anomaly names no refund');
  if (isFinalRefund(refund.status)) throw new Refusal(`refund ${refund.id} is ${refund.status}: resolve the anomaly as handled`);
  return refund;
}

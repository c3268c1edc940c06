import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chinaTime } from '../../lakala-sandbox/china-time.ts';
import { notificationAuthorization } from '../../lakala-sandbox/signing.ts';
import type { KnownOrder } from './jobs.ts';

export interface SignedMessage {
  body: Buffer;
  authorization: string;
}

const DIGITS = 27;
const TERMINAL = 'D9296381';

let last: { prefix: string; messages: SignedMessage[] } | undefined;

/** Notifications about orders that nobody knows, as Lakala would sign them; those of the last call are kept. */
export async function signedMessages(wanted: { keyFile: string; prefix: string; count: number }): Promise<readonly SignedMessage[]> {
  const { keyFile, prefix, count } = wanted;
  if (last?.prefix === prefix) return last.messages;
  const numbers = Array.from({ length: count }, (_, index) => prefix + String(index).padStart(DIGITS, '0'));
  const orders = numbers.map((outOrderNo) => ({ id: '', outOrderNo, payOrderNo: outOrderNo, merchantNo: '82229007392000A', amountFen: 1_250 }));
  const messages = await signedNotifications(keyFile, orders);
  last = { prefix, messages };
  return messages;
}

/** A message for each of the orders that it is paid. */
export async function signedNotifications(keyFile: string, orders: readonly KnownOrder[]): Promise<SignedMessage[]> {
  const key = createPrivateKey(readFileSync(keyFile));
  return Promise.all(orders.map((order) => signed(order, key)));
}

async function signed(order: KnownOrder, key: KeyObject): Promise<SignedMessage> {
  const body = Buffer.from(JSON.stringify(paid(order)));
  return { body, authorization: await notificationAuthorization(String(Math.floor(Date.now() / 1_000)), body, key) };
}

/** As long as a real one, field by field (docs/lakala.md, "Cashier notification"). */
function paid({ outOrderNo, payOrderNo, merchantNo, amountFen }: KnownOrder): object {
  const now = chinaTime(Date.now());
  return {
    channel_id: '95',
    merchant_no: merchantNo,
    order_create_time: now,
    order_efficient_time: now,
    order_info: 'Two tickets',
    order_status: '2',
    order_trade_info: {
      acc_settle_amount: String(amountFen),
      acc_trade_no: `20250311${outOrderNo.slice(-20)}`,
      acc_type: '04',
      busi_type: 'SCPAY',
      log_no: outOrderNo.slice(-14),
      pay_mode: 'ALIPAY',
      payer_amount: amountFen,
      settle_merchant_no: merchantNo,
      settle_term_no: TERMINAL,
      trade_amount: amountFen,
      trade_no: `20250311${outOrderNo.slice(-24)}`,
      trade_remark: '',
      trade_status: 'S',
      trade_time: now,
      trade_type: 'PAY',
      user_id1: 'pay***@example.com',
      user_id2: '2088000000000000',
    },
    out_order_no: outOrderNo,
    pay_order_no: payOrderNo,
    term_no: TERMINAL,
    total_amount: amountFen,
    trans_merchant_no: merchantNo,
    trans_term_no: TERMINAL,
  };
}

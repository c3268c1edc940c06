import type { Endpoint } from './endpoints.ts';
import type { FaultSettings } from './fault-settings.ts';

export const PAY_MODES = ['ALIPAY', 'WECHAT', 'UNION'] as const;
export type PayMode = (typeof PAY_MODES)[number];

/** What the merchant asked for in special_create, and what the platform gave it. Amounts are fen, times milliseconds. */
export interface OrderTerms {
  outOrderNo: string;
  payOrderNo: string;
  token: string;
  merchantNo: string;
  termNo: string | null;
  amount: number;
  orderInfo: string;
  notifyUrl: string | null;
  callbackUrl: string | null;
  /** The one way to pay that `counter_param` allows; null: the payer chooses. */
  payMode: PayMode | null;
  supportRefund: boolean;
  createdAtMs: number;
  expiresAtMs: number;
}

/** One entry of `order_trade_info_list` that is not a refund: a payment attempt, or the payer's cancel. */
export interface Attempt {
  tradeNo: string;
  logNo: string;
  accTradeNo: string;
  type: 'PAY' | 'CANCEL';
  status: 'S' | 'F' | 'P';
  amount: number;
  payerAmount: number;
  payMode: PayMode;
  merchantNo: string;
  termNo: string;
  atMs: number;
}

export type RefundState = 'SUCCESS' | 'FAIL' | 'INIT' | 'PROCESSING' | 'TIMEOUT' | 'EXCEPTION';

export interface Refund {
  outTradeNo: string;
  outOrderNo: string;
  originTradeNo: string;
  tradeNo: string;
  logNo: string;
  amount: number;
  state: RefundState;
  /** What `state` becomes at `settlesAtMs`, by the sandbox's clock; null: it stays. */
  becomes: 'SUCCESS' | 'FAIL' | null;
  settlesAtMs: number | null;
  by: 'merchant' | 'lakala';
  atMs: number;
}

/** A notification to the merchant. `dueAtMs` null: nothing more will be sent. */
export interface Notification {
  id: string;
  outOrderNo: string;
  url: string;
  body: string;
  dueAtMs: number | null;
  /** Never sent, by the fault `lost`. */
  lost: boolean;
  /** Held back until another has gone out, by the fault `reordered`. */
  held: boolean;
  /** Milliseconds after its acknowledgement at which it is sent once more, by the fault `repeated`. */
  repeatAfterMs: number | null;
  deliveries: number;
  acknowledged: boolean;
}

/** One line of the journal. The ledger is what all lines together say. */
export type LedgerRecord =
  | { t: 'call'; endpoint: Endpoint; outOrderNo: string | null }
  | { t: 'unauthenticated' }
  | { t: 'order'; terms: OrderTerms }
  | { t: 'page'; outOrderNo: string; page: 'answered' | 'answer_lost' }
  | { t: 'attempt'; outOrderNo: string; attempt: Attempt }
  | { t: 'ended'; outOrderNo: string; how: 'closed' | 'cancelled' }
  | { t: 'refund'; refund: Refund }
  | { t: 'notification'; notification: Notification }
  | { t: 'delivery'; id: string; acknowledged: boolean; nextDueAtMs: number | null }
  | { t: 'clock'; offsetMs: number }
  | { t: 'faults'; settings: FaultSettings }
  | { t: 'fault_fired'; target: string; fault: string };

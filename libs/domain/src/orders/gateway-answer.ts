/** An amount in fen (分), a positive integer. */
export type Fen = number;

/** Why a payment or refund failed, in the words of the contract. */
export type FailureCode = 'refused' | 'expired' | 'closed' | 'cancelled';

export interface Failure {
  code: FailureCode;
  /** For people; carries the gateway's own code and text where it spoke. */
  message: string;
}

/** A payment the gateway says it took: what a later refund needs of it. */
export interface PaidTrade {
  tradeNo: string;
  logNo: string;
  /** Null where the gateway names none: then it is the one the order was submitted with. */
  merchantNo: string | null;
  termNo: string | null;
  accTradeNo: string | null;
  payMode: string | null;
  /** When it was paid, ISO, as the gateway dates it. */
  paidAt: string | null;
}

/**
 * What an answer about a payment attempt means. Answers are values: a refusal is one, and so is not knowing.
 * Only bugs and forgeries throw.
 */
export type PaymentAnswer =
  | { outcome: 'payable'; payOrderNo: string; paymentUrl: string }
  | { outcome: 'paid'; trades: readonly [PaidTrade, ...PaidTrade[]]; refundedFen: Fen }
  | { outcome: 'ended'; reason: 'closed' | 'expired' | 'cancelled' }
  | { outcome: 'open' }
  | { outcome: 'refused'; definite: boolean; code: string; message: string }
  | { outcome: 'duplicate' }
  | { outcome: 'mismatched'; kind: 'wrong_amount' | 'wrong_merchant'; cause: string; tradeNo: string | null }
  | { outcome: 'unknown'; cause: string; signed: boolean };

/** A refund the gateway says it carried out. */
export interface CarriedOutRefund {
  tradeNo: string;
  /** The number by which a settlement file names it; null where the gateway did not say. */
  logNo: string | null;
  /** When, ISO, as the gateway dates it. */
  refundedAt: string | null;
}

/** What an answer about a refund means. `signed`: the gateway did answer, but what it said decides nothing. */
export type RefundAnswer =
  | ({ outcome: 'refunded' } & CarriedOutRefund)
  | { outcome: 'failed'; code: string; message: string }
  | { outcome: 'refused'; definite: boolean; code: string; message: string }
  | { outcome: 'in_progress'; state: string }
  | { outcome: 'unclear'; state: string }
  | { outcome: 'unknown'; cause: string; signed: boolean };

/** Whether the answer came to the refund request itself or to a question about it. */
export type RefundAnswerSource = 'refund' | 'refund_query';

/** What was noticed that contradicts our books and that an operator must see. */
export type AnomalyKind =
  | 'paid_late'
  | 'paid_twice'
  | 'wrong_amount'
  | 'wrong_merchant'
  | 'unknown_order'
  | 'refunded_elsewhere'
  | 'refund_unclear'
  | 'settlement_missing'
  | 'settlement_extra'
  | 'settlement_different';

export interface AnomalyFinding {
  kind: AnomalyKind;
  /** Two findings with one key are one anomaly. */
  key: string;
  /** One sentence for an operator. */
  detail: string;
  /** Of a late payment: what the app's choice makes of it. */
  chosen?: 'refund' | 'accept';
}

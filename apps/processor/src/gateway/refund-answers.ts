import type { RefundAnswer } from '#domain/orders/gateway-answer.js';
import type { RefundAnswer as RefundMessage } from '#lakala/refund-messages.js';
import { OTHER_QUESTION } from './other-question.js';
import { momentOf } from './trade-moment.js';

/** Which refund was asked for or about. */
export interface AskedRefund {
  outTradeNo: string;
  merchantNo: string;
  amountFen: number;
}

/** States that are not final: the refund is known, and is to be asked about (docs/lakala.md, refund). */
const UNDER_WAY = ['INIT', 'DEAL', 'PROCESSING', 'TIMEOUT'];

/**
 * What a refund's state means. An answer without its number, or with another's, decides nothing (an assumption: every
 * real answer is said to carry `out_trade_no`). A missing amount or merchant is tolerated, another one is not.
 */
export function readRefundAnswer(message: RefundMessage, asked: AskedRefund): RefundAnswer {
  const { outTradeNo, merchantNo = asked.merchantNo, refundAmountFen = asked.amountFen } = message;
  if (outTradeNo !== asked.outTradeNo || merchantNo !== asked.merchantNo || refundAmountFen !== asked.amountFen) {
    return { outcome: 'unknown', cause: OTHER_QUESTION, signed: false };
  }
  if (message.tradeState === 'SUCCESS') {
    const { tradeNo, logNo = null, tradeTime } = message;
    if (tradeNo) return { outcome: 'refunded', tradeNo, logNo, refundedAt: momentOf(tradeTime) };
    return { outcome: 'unknown', cause: 'a refund that succeeded has no trade_no', signed: false };
  }
  if (message.tradeState === 'FAIL') {
    return { outcome: 'failed', code: 'FAIL', message: message.description ?? '' };
  }
  if (UNDER_WAY.includes(message.tradeState)) return { outcome: 'in_progress', state: message.tradeState };
  if (message.tradeState === 'EXCEPTION') return { outcome: 'unclear', state: message.tradeState };
  return { outcome: 'unknown', cause: 'the refund state is not one of those known', signed: false };
}

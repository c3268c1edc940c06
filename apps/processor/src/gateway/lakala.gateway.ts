import type { Evidence, EvidenceSource } from '#domain/entities/evidence.js';
import type { GatewayAttempt } from '#domain/entities/gateway-attempt.entity.js';
import type { PaymentOrder } from '#domain/entities/payment-order.entity.js';
import type { RefundOrder } from '#domain/entities/refund-order.entity.js';
import type { Trade } from '#domain/entities/trade.entity.js';
import type { PaymentWord } from '#domain/moves/apply-payment-answer.js';
import type { RefundWord } from '#domain/moves/apply-refund-answer.js';
import type { PaymentAnswer, RefundAnswer } from '#domain/orders/gateway-answer.js';
import {
  closeRequestData,
  createRequestData,
  MAX_URL_LENGTH,
  parseCloseAnswer,
  parseCreateAnswer,
  parseQueryAnswer,
  queryRequestData,
} from '#lakala/cashier-messages.js';
import { meaningOf, type LakalaCall } from '#lakala/code-meanings.js';
import type { Envelope } from '#lakala/envelope.js';
import { MessageError } from '#lakala/message-error.js';
import type { JsonObject } from '#lakala/message-fields.js';
import { parseRefundAnswer, refundQueryRequestData, refundRequestData } from '#lakala/refund-messages.js';
import type { GatewayMetrics } from './gateway-metrics.js';
import { heardOn } from './heard-words.js';
import type { LakalaClient, SignedAnswer } from './lakala-client.js';
import { OTHER_QUESTION } from './other-question.js';
import { callbackOf, readCreateAnswer, readQueryAnswer, type AskedPayment } from './payment-answers.js';
import { readRefundAnswer } from './refund-answers.js';

/** What of an attempt the gateway needs to know. */
export type SubmittedAttempt = Pick<GatewayAttempt, 'id' | 'outOrderNo' | 'merchantNo' | 'termNo' | 'amount'>;

/** The merchant and terminal that payments are submitted with. */
export interface GatewayAccount {
  merchantNo: string;
  termNo: string;
}

export interface GatewayAddresses {
  /** Where Lakala and payers reach the API, without a trailing slash. */
  publicBaseUrl: string;
  /** Our own address, for a refund's `location_info`. */
  requestIp: string;
}

/** Asks Lakala, and says what its answer means. Holds no lock, keeps nothing, decides nothing. */
export class LakalaGateway {
  constructor(
    private readonly client: LakalaClient,
    private readonly addresses: GatewayAddresses,
    private readonly metrics: GatewayMetrics,
  ) {}

  /** Asks for the payer's page. */
  async create(order: PaymentOrder, attempt: SubmittedAttempt): Promise<PaymentWord> {
    const request = createRequestData({
      outOrderNo: attempt.outOrderNo,
      merchantNo: attempt.merchantNo,
      termNo: attempt.termNo,
      totalAmountFen: attempt.amount,
      title: order.subject,
      expiresAt: order.expiresAt,
      notifyUrl: `${this.addresses.publicBaseUrl}/api/v1/webhooks/lakala`,
      callbackUrl: this.callbackUrl(order, attempt),
    });
    return this.ask('create', request, (signed) => {
      const refusal = refusalOf(signed.envelope, 'create');
      const answer = refusal ?? readCreateAnswer(parseCreateAnswer(signed.envelope.respData), askedOf(order, attempt));
      return { answer, callback: null, evidence: null };
    });
  }

  /**
   * Asks what became of an attempt; where its page must not be paid any more, closes it first: then `turn` is how the
   * question after that waits for its turn.
   */
  async inquire(order: PaymentOrder, attempt: SubmittedAttempt, turn: (() => Promise<void>) | null): Promise<PaymentWord> {
    const key = { merchantNo: attempt.merchantNo, outOrderNo: attempt.outOrderNo };
    const before = turn ? await this.close(key) : [];
    await turn?.();
    const word = await this.ask('query', queryRequestData(key), ({ envelope, evidence }) => {
      if (meaningOf(envelope.code, 'query') !== 'success') {
        // "Ask again later" is no word about the order.
        return noWord(`Lakala answered ${describe(envelope)}`, meaningOf(envelope.code, 'create') !== 'in_doubt');
      }
      const message = parseQueryAnswer(envelope.respData);
      const signedAtMs = evidence.timestampSeconds * 1_000;
      const answer = readQueryAnswer(message, askedOf(order, attempt), signedAtMs);
      const heard = answer.outcome !== 'unknown' && answer.outcome !== 'mismatched';
      const callback = heard ? callbackOf(message.trades, message.totalAmountFen, signedAtMs) : null;
      return { answer, callback, evidence: { ...evidence, source: 'query' } };
    });
    return { ...word, heard: [...before, ...word.heard] };
  }

  /** Sends the refund; sent again, it is the same request under the same number. */
  async refund(refund: RefundOrder, trade: Trade): Promise<RefundWord> {
    const request = refundRequestData({
      merchantNo: trade.merchantNo,
      termNo: trade.termNo,
      outTradeNo: refund.outTradeNo,
      refundAmountFen: refund.amount,
      reason: refund.reason,
      originTradeNo: trade.tradeNo,
      originLogNo: trade.logNo,
      requestIp: this.addresses.requestIp,
    });
    return this.askOfRefund('refund', request, refund, trade);
  }

  /** Asks what became of a refund. */
  async inquireRefund(refund: RefundOrder, trade: Trade): Promise<RefundWord> {
    const { merchantNo, termNo } = trade;
    return this.askOfRefund('refund_query', refundQueryRequestData({ merchantNo, termNo, outTradeNo: refund.outTradeNo }), refund, trade);
  }

  /** Best effort: only the query after it says what became of the page. */
  private async close(key: { merchantNo: string; outOrderNo: string }): Promise<PaymentWord['heard']> {
    const { heard } = await this.ask('close', closeRequestData(key), ({ envelope }) => {
      if (meaningOf(envelope.code, 'close') !== 'success') return noWord(`Lakala answered ${describe(envelope)}`, true);
      const closed = parseCloseAnswer(envelope.respData).orderStatus === '7';
      return { answer: closed ? { outcome: 'ended', reason: 'closed' } : { outcome: 'open' }, callback: null, evidence: null };
    });
    return heard;
  }

  private async call(call: LakalaCall, request: JsonObject): Promise<SignedAnswer> {
    const answered = await this.client.call(call, request);
    if (answered.signed) this.metrics.signedAt(answered.evidence.timestampSeconds, Date.now());
    return answered;
  }

  private async ask(call: LakalaCall, request: JsonObject, read: (signed: Signed) => ReadPayment): Promise<PaymentWord> {
    const word = await this.metrics.timed(call, async () => {
      const answered = await this.call(call, request);
      const said = answered.signed ? readOrUnknown(() => read(answered), noWord) : noWord(answered.cause, false);
      return { ...said, heard: [heardOn(call, answered, said.answer)] };
    });
    this.distrust(word.answer);
    return word;
  }

  private async askOfRefund(
    source: 'refund' | 'refund_query',
    request: JsonObject,
    refund: RefundOrder,
    trade: Trade,
  ): Promise<RefundWord> {
    const noAnswer = (cause: string, signed: boolean): ReadRefund => ({
      source,
      answer: { outcome: 'unknown', cause, signed },
      evidence: null,
    });
    const word = await this.metrics.timed(source, async () => {
      const answered = await this.call(source, request);
      const said = answered.signed
        ? readOrUnknown(() => readRefundWord(source, answered, refund, trade), noAnswer)
        : noAnswer(answered.cause, false);
      return { ...said, heard: [heardOn(source, answered, said.answer)] };
    });
    this.distrust(word.answer);
    return word;
  }

  private distrust(answer: PaymentAnswer | RefundAnswer): void {
    if (answer.outcome === 'mismatched' || (answer.outcome === 'unknown' && answer.cause === OTHER_QUESTION)) {
      this.client.dropConnections();
    }
  }

  /**
   * Lakala holds 128 characters; a longer address of the app goes through a short one of ours. It is made of the
   * attempt's id: the order's own stands on streams that other apps read.
   */
  private callbackUrl(order: PaymentOrder, attempt: SubmittedAttempt): string | undefined {
    const returnUrl = order.extraData['return_url'];
    if (typeof returnUrl !== 'string') return undefined;
    return returnUrl.length <= MAX_URL_LENGTH ? returnUrl : `${this.addresses.publicBaseUrl}/r/${attempt.id}`;
  }
}

type Signed = Extract<SignedAnswer, { signed: true }>;
type ReadPayment = Omit<PaymentWord, 'heard'>;
type ReadRefund = Omit<RefundWord, 'heard'>;

function askedOf(order: PaymentOrder, attempt: SubmittedAttempt): AskedPayment {
  const { outOrderNo, merchantNo, amount } = attempt;
  return { outOrderNo, merchantNo, amountFen: amount, expiresAtMs: order.expiresAt.getTime() };
}

function readRefundWord(
  source: 'refund' | 'refund_query',
  { envelope, evidence }: Signed,
  refund: RefundOrder,
  { merchantNo }: Trade,
): ReadRefund {
  const proof: Evidence = { ...evidence, source: source satisfies EvidenceSource };
  if (meaningOf(envelope.code, source) === 'success') {
    const answer = readRefundAnswer(parseRefundAnswer(envelope.respData), { outTradeNo: refund.outTradeNo, merchantNo, amountFen: refund.amount });
    return { source, answer, evidence: proof };
  }
  return { source, answer: refusedRefund(source, envelope), evidence: proof };
}

function refusedRefund(source: 'refund' | 'refund_query', envelope: Envelope): RefundAnswer {
  // "Ask again later" is no word about the number, on a question as little as on the request itself.
  const later = meaningOf(envelope.code, 'refund') === 'in_doubt';
  if (later || source === 'refund_query') {
    return { outcome: 'unknown', cause: `Lakala answered ${describe(envelope)}`, signed: !later };
  }
  const definite = meaningOf(envelope.code, 'refund') === 'definite_refusal';
  return { outcome: 'refused', definite, code: envelope.code, message: envelope.message };
}

/** What a code other than success means on a create; null where the call was carried out. */
function refusalOf(envelope: Envelope, call: 'create'): PaymentAnswer | null {
  const meaning = meaningOf(envelope.code, call);
  switch (meaning) {
    case 'success':
      return null;
    case 'in_doubt':
      return { outcome: 'unknown', cause: `Lakala answered ${describe(envelope)}`, signed: true };
    case 'duplicate':
      return { outcome: 'duplicate' };
    case 'definite_refusal':
    case 'unlisted':
      return { outcome: 'refused', definite: meaning === 'definite_refusal', code: envelope.code, message: envelope.message };
    default:
      return meaning satisfies never;
  }
}

function readOrUnknown<Word>(read: () => Word, noWord: (cause: string, signed: boolean) => Word): Word {
  try {
    return read();
  } catch (error) {
    if (error instanceof MessageError) return noWord(`the answer cannot be read: ${error.message}`, false);
    throw error;
  }
}

function noWord(cause: string, signed: boolean): ReadPayment {
  return { answer: { outcome: 'unknown', cause, signed }, callback: null, evidence: null };
}

function describe(envelope: Envelope): string {
  return `${envelope.code} ${envelope.message}`.trim();
}

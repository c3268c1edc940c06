import { join } from 'node:path';
import { ROOT } from '../stack/project.ts';
import type { JsonObject } from './json-text.ts';
import {
  closeAnswer,
  createAnswer,
  olderNotification,
  paidNotification,
  queryAnswer,
  refundAnswer,
  type Spoken,
} from './message-bases.ts';
import { provable, provablePage, provableRefund } from './proof-oracle.ts';

/** Reads bytes as one kind of message and says what the service would make of them. */
export interface Reader {
  name: string;
  base: JsonObject;
  /** Throws MessageError where the bytes cannot be read; gives what finds their meaning, which may throw nothing. */
  parse: (bytes: Buffer) => () => string;
  provable: (bytes: Buffer) => string | null;
}

export type ErrorClass = new (...args: never[]) => Error;

const SPOKEN: Spoken = {
  outOrderNo: '019012345678700080001234567890ab',
  merchantNo: '82229007392000A',
  amountFen: 10_000,
};
const ASKED = { ...SPOKEN, expiresAtMs: Date.parse('2025-03-11T12:00:00Z') };
const ASKED_REFUND = { ...ASKED, outTradeNo: SPOKEN.outOrderNo };
const SIGNED_AT_MS = Date.parse('2025-03-11T12:30:00Z');

/** The service's own readers, from `dist`, which must be built. */
export async function loadReaders(): Promise<{ readers: Reader[]; MessageError: ErrorClass }> {
  const { MessageError } = await import('#lakala/message-error.js');
  return { readers: [...(await notificationReaders()), ...(await answerReaders())], MessageError };
}

async function notificationReaders(): Promise<Reader[]> {
  const { notificationKey, parseNotification } = await import('#lakala/notification-message.js');
  const meanings = await paymentMeanings();
  const parse = (bytes: Buffer) => {
    const message = parseNotification(bytes);
    return (): string => {
      notificationKey(message);
      if (message.form === 'hint') return 'a hint';
      meanings.callbackOf(message.trade ? [message.trade] : [], message.totalAmountFen, SIGNED_AT_MS);
      // The order is found by this number, so a message with another never gets to this one.
      const isOfOrder = message.outOrderNo === SPOKEN.outOrderNo;
      return isOfOrder ? meanings.readNotification(message, ASKED).outcome : 'of another order';
    };
  };
  const paid = paidNotification(SPOKEN, '2025031166200819100678');
  return [
    { name: 'notification', base: paid, parse, provable: (bytes) => provable(bytes, SPOKEN) },
    { name: 'older notification', base: olderNotification(SPOKEN), parse, provable: () => null },
  ];
}

async function answerReaders(): Promise<Reader[]> {
  const { parseEnvelope } = await import('#lakala/envelope.js');
  const cashier = await import('#lakala/cashier-messages.js');
  const { parseRefundAnswer } = await import('#lakala/refund-messages.js');
  const [meanings, { readRefundAnswer }] = [await paymentMeanings(), await refundMeanings()];
  const parseCreate = (bytes: Buffer) => {
    const answer = cashier.parseCreateAnswer(parseEnvelope(bytes).respData);
    return (): string => meanings.readCreateAnswer(answer, ASKED).outcome;
  };
  const parseQuery = (bytes: Buffer) => {
    const answer = cashier.parseQueryAnswer(parseEnvelope(bytes).respData);
    return (): string => {
      meanings.callbackOf(answer.trades, answer.totalAmountFen, SIGNED_AT_MS);
      return meanings.readQueryAnswer(answer, ASKED, SIGNED_AT_MS).outcome;
    };
  };
  const parseClose = (bytes: Buffer) => {
    const { orderStatus } = cashier.parseCloseAnswer(parseEnvelope(bytes).respData);
    return (): string => (orderStatus === '7' ? 'closed' : 'not closed');
  };
  const parseRefund = (bytes: Buffer) => {
    const answer = parseRefundAnswer(parseEnvelope(bytes).respData);
    return (): string => readRefundAnswer(answer, ASKED_REFUND).outcome;
  };
  const reader = (name: string, base: JsonObject, parse: Reader['parse'], proves: Reader['provable']): Reader => ({
    name: `answer to a ${name}`,
    base,
    parse,
    provable: proves,
  });
  return [
    reader('create', createAnswer(SPOKEN), parseCreate, (bytes) => provablePage(bytes, SPOKEN)),
    reader('query', queryAnswer(SPOKEN), parseQuery, (bytes) => provable(bytes, SPOKEN)),
    reader('close', closeAnswer(SPOKEN), parseClose, () => null),
    reader('refund', refundAnswer(SPOKEN), parseRefund, (bytes) => provableRefund(bytes, SPOKEN)),
  ];
}

const GATEWAY = join(ROOT, 'dist', 'apps', 'processor', 'src', 'gateway');
type PaymentMeanings = typeof import('../../apps/processor/src/gateway/payment-answers.ts');
type RefundMeanings = typeof import('../../apps/processor/src/gateway/refund-answers.ts');

async function paymentMeanings(): Promise<PaymentMeanings> {
  return (await import(join(GATEWAY, 'payment-answers.js'))) as PaymentMeanings;
}

async function refundMeanings(): Promise<RefundMeanings> {
  return (await import(join(GATEWAY, 'refund-answers.js'))) as RefundMeanings;
}

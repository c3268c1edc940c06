import type { Evidence } from '#domain/entities/evidence.js';
import type { PaymentWord } from '#domain/moves/apply-payment-answer.js';
import { parseQueryAnswer } from '#lakala/cashier-messages.js';
import { parseEnvelope } from '#lakala/envelope.js';
import { parseNotification } from '#lakala/notification-message.js';
import { callbackOf, readNotification, readQueryAnswer, type AskedPayment } from './payment-answers.js';

/**
 * Reads a signed message about a payment that was verified when it was kept, once more; what was heard was noted then.
 * @throws Error where it is of a kind that proves no payment.
 */
export function readKeptWord(evidence: Evidence, asked: AskedPayment): PaymentWord {
  const signedAtMs = evidence.timestampSeconds * 1_000;
  if (evidence.source === 'query') {
    const message = parseQueryAnswer(parseEnvelope(evidence.raw).respData);
    const callback = callbackOf(message.trades, message.totalAmountFen, signedAtMs);
    return { answer: readQueryAnswer(message, asked, signedAtMs), callback, evidence, heard: [] };
  }
  const message = evidence.source === 'notification' ? parseNotification(evidence.raw) : null;
  if (message === null || message.form === 'hint') throw new Error(`a message of the kind ${evidence.source} proves no payment`);
  const callback = callbackOf(message.trade ? [message.trade] : [], message.totalAmountFen, signedAtMs);
  return { answer: readNotification(message, asked), callback, evidence, heard: [] };
}

import { parseChinaTime } from '#lakala/china-time.js';
import { MessageError } from '#lakala/message-error.js';

/** When Lakala says a trade was, ISO. An official sample has a time of 13 digits, which is no time at all: null. */
export function momentOf(tradeTime: string | undefined): string | null {
  try {
    return tradeTime === undefined ? null : parseChinaTime(tradeTime).toISOString();
  } catch (error) {
    // What cannot be read here must not void a payment or a refund.
    if (error instanceof MessageError) return null;
    throw error;
  }
}

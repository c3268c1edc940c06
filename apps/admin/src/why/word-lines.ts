import type { GatewayWord } from '#domain/entities/gateway-word.entity.js';
import { chinaTime, plain, Rank, type Line } from './line.js';

/** Lakala's states of an order (docs/lakala.md, "Cashier query"). */
const ORDER_STATES: Readonly<Record<string, string>> = {
  '0': 'not paid yet',
  '1': 'being paid',
  '2': 'paid',
  '3': 'not paid, the last try to pay failed',
  '4': 'expired unpaid',
  '5': 'cancelled by the payer',
  '6': 'paid, and refunded in part or whole',
  '7': 'closed unpaid',
};
const TRADE_TYPES: Readonly<Record<string, string>> = { PAY: 'payment', REFUND: 'refund', CANCEL: 'cancellation' };
const TRADE_STATES: Readonly<Record<string, string>> = {
  S: 'succeeded', F: 'failed', C: 'reversed', U: 'recorded, not done', X: 'not sent', T: 'timed out', P: 'under way',
};
/** Answers that somebody may have to ask Lakala about, by its trace. */
const DOUBTFUL = ['unknown', 'refused', 'mismatched', 'unclear', 'failed', 'duplicate'];

/** What Lakala said of an attempt or a refund, under the name it has in this timeline. */
export function wordLines(words: readonly GatewayWord[], subjectId: string, about: string, name: string): Line[] {
  const rank = subjectId === about ? Rank.RefundHeard : Rank.Heard;
  const latest = new Map<string, number>();
  return words
    .filter((word) => word.subjectId === subjectId)
    .map((word) => {
      const missing = word.seq - (latest.get(word.call) ?? 0) - 1;
      latest.set(word.call, word.seq);
      const before = missing > 0 ? ` (${missing} earlier answers are not kept)` : '';
      const { firstAt: at, lastAt, times, traceId } = word;
      return { at, lastAt, times, traceId, who: 'Lakala', about, rank, what: `${sayingOf(word, name)}${oftenness(word)}${traceOf(word)}${before}` };
    });
}

/** The latest of these words; null where there is none. */
export function lastWordText(words: readonly GatewayWord[], name: string): string | null {
  const [first, ...more] = words;
  if (first === undefined) return null;
  const last = more.reduce((latest, word) => (word.lastAt >= latest.lastAt ? word : latest), first);
  return `Lakala's last word, at ${chinaTime(last.lastAt)}: ${sayingOf(last, name)}`;
}

function sayingOf(word: GatewayWord, name: string): string {
  switch (word.call) {
    case 'create':
      return aboutCreate(word, name);
    case 'query':
    case 'refund_query':
      return `when asked about ${name}, ${standingOf(word)}`;
    case 'close':
      return word.outcome === 'ended' ? `closed the page of ${name}` : `when asked to close ${name}, ${standingOf(word)}`;
    case 'notification':
      return `told us unasked about ${name}: ${notedState(word)}${word.message === null ? '' : ` (${plain(word.message)}: we ask)`}`;
    case 'refund':
      return `when asked for ${name}, ${standingOf(word)}`;
    default:
      return word.call satisfies never;
  }
}

function aboutCreate(word: GatewayWord, name: string): string {
  if (word.outcome === 'payable') return `gave a page for ${name}`;
  if (word.outcome === 'duplicate') return `says it has ${name} already: its first answer was lost`;
  return `when asked for a page for ${name}, ${standingOf(word)}`;
}

function standingOf(word: GatewayWord): string {
  const text = [word.code, word.message].filter((part) => part !== null).map(plain).join(' ');
  switch (word.outcome) {
    case 'unknown':
      return word.code === null ? `gave no usable answer (${text})` : `answered ${text}, which decides nothing`;
    case 'refused':
      return `refused: ${text}`;
    case 'failed':
      return `says it failed${word.message === null ? '' : ` (${plain(word.message)})`}`;
    case 'mismatched':
      return `says what contradicts our books: ${plain(word.message ?? '')}`;
    case 'refunded':
      return 'says the money was given back';
    case 'in_progress':
      return `says it is under way (${word.state})`;
    case 'unclear':
      return `says ${word.state}, which is neither done nor failed`;
    default:
      return `says it is ${notedState(word)}`;
  }
}

function notedState({ state, trades }: GatewayWord): string {
  const known = state === null ? 'in no state that it names' : (ORDER_STATES[state] ?? `in state ${state}`);
  return trades === null ? known : `${known} (${trades.split(', ').map(tradeText).join(', ')})`;
}

function tradeText(trade: string): string {
  const [type = '', status = ''] = trade.split(' ');
  return `${TRADE_TYPES[type] ?? type} ${TRADE_STATES[status] ?? status}`;
}

function oftenness({ times, lastAt }: GatewayWord): string {
  return times > 1 ? `; said ${times} times, last at ${chinaTime(lastAt)}` : '';
}

function traceOf({ outcome, traceId }: GatewayWord): string {
  return traceId !== null && DOUBTFUL.includes(outcome) ? ` [trace ${traceId}]` : '';
}

import { Rank, type Line } from './line.js';
import type { OrderHistory } from './order-history.js';

/** The moves of an order or refund as its events tell them; where those are dropped by age, its end as the proof tells it. */
export function moveLines({ events, outcomes }: OrderHistory, kind: 'payment' | 'refund', id: string): Line[] {
  const subject = kind === 'payment' ? 'the order' : 'the refund';
  const moves = events.filter(({ subjectId }) => subjectId === id);
  const lines = moves.map((event): Line => {
    const { old_status: from = '', new_status: to = '', failure_code: failure = '' } = event.fields;
    const rank = kind === 'payment' ? Rank.Moved : to === 'processing' ? Rank.RefundBegun : Rank.RefundMoved;
    const told =
      event.entryMs === null ? 'not on the stream yet' : `told on ${kind}_results as ${event.entryMs}-${event.entrySeq}`;
    const what = `${subject} goes from ${from || '-'} to ${to}${failure === '' ? '' : ` (${failure})`}; ${told}`;
    return { at: event.createdAt, who: 'us', about: id, rank, what };
  });
  const ended = outcomes.find(({ subjectId }) => subjectId === id);
  if (ended === undefined || moves.some(({ fields }) => fields['new_status'] === ended.status)) return lines;
  const what = `${subject} ended ${ended.status}; its events are older than what is kept`;
  return [...lines, { at: ended.recordedAt, who: 'us', about: id, rank: Rank.Moved, what }];
}

import type { EntityManager } from 'typeorm';
import type { GatewayWord } from '../entities/gateway-word.entity.js';

/** One thing the gateway said, each part picked by name: never a body, never who paid. */
export type HeardWord = Pick<GatewayWord, 'call' | 'outcome' | 'code' | 'state' | 'trades' | 'message' | 'traceId'> & {
  /** When it arrived, where that was before now. */
  at: Date | null;
};

/** So many rows a subject and call are kept from the beginning, where the story is told; then the latest. */
const FIRST_KEPT = 10;
const LATEST_KEPT = 20;

/** A word and the attempt or refund it is about. */
export interface NewWord {
  subjectId: string;
  word: HeardWord;
}

/**
 * Keeps what the gateway said, in the transaction that applies it; the caller holds the subjects' row locks. Said again,
 * it is counted on its row, and past 30 rows the oldest of the latest 20 makes room, so an order has at most 30 rows a
 * call however long it is asked about.
 */
export async function recordWords(em: EntityManager, words: readonly NewWord[]): Promise<void> {
  const byKey = Map.groupBy(words, ({ subjectId, word }) => keyOf(subjectId, word.call));
  const firsts = [...byKey.values()].flatMap(([first]) => first ?? []);
  // Nearly every word of a sound order is the first on its call, and the longer statement costs several times as much.
  const rows = firsts.map(({ subjectId, word }) => ({ ...word, subjectId }));
  const kept = await em.query<{ subject_id: string; call: string }[]>(FIRST_WORDS, [JSON.stringify(rows)]);
  for (const { subject_id, call } of kept) byKey.get(keyOf(subject_id, call))?.shift();
  for (const { subjectId, word } of [...byKey.values()].flat()) {
    const { call, outcome, code, state, trades, message, traceId, at } = word;
    await em.query(ANOTHER_WORD, [subjectId, call, outcome, code, state, trades, message, traceId, at]);
  }
}

function keyOf(subjectId: string, call: string): string {
  return `${subjectId} ${call}`;
}

const FIRST_WORDS = `
INSERT INTO gateway_words (subject_id, call, seq, outcome, code, state, trades, message, trace_id, first_at, last_at)
SELECT "subjectId", call, 1, outcome, code, state, trades, message, "traceId", coalesce(at, loomi_now()), coalesce(at, loomi_now())
FROM json_to_recordset($1::json) AS word("subjectId" uuid, call text, outcome text, code text, state text, trades text,
  message text, "traceId" text, at timestamptz)
ON CONFLICT ON CONSTRAINT gateway_words_pk DO NOTHING RETURNING subject_id, call`;

const ANOTHER_WORD = `
WITH told AS (SELECT coalesce($9::timestamptz, loomi_now()) AS at),
last AS (
  SELECT seq, (outcome, code, state, trades, message) IS NOT DISTINCT FROM ($3::text, $4::text, $5::text, $6::text, $7::text) AS same
  FROM gateway_words WHERE subject_id = $1 AND call = $2 ORDER BY seq DESC LIMIT 1
), again AS (
  UPDATE gateway_words w SET times = w.times + 1, last_at = told.at, trace_id = $8 FROM last, told
  WHERE last.same AND w.subject_id = $1 AND w.call = $2 AND w.seq = last.seq RETURNING 1
), oldest AS (
  UPDATE gateway_words w SET seq = last.seq + 1, outcome = $3, code = $4, state = $5, trades = $6, message = $7,
    trace_id = $8, times = 1, first_at = told.at, last_at = told.at FROM last, told
  WHERE NOT last.same AND last.seq >= ${FIRST_KEPT + LATEST_KEPT}
    AND w.subject_id = $1 AND w.call = $2 AND w.seq = last.seq + 1 - ${LATEST_KEPT} RETURNING 1
)
INSERT INTO gateway_words (subject_id, call, seq, outcome, code, state, trades, message, trace_id, first_at, last_at)
SELECT $1, $2, last.seq + 1, $3, $4, $5, $6, $7, $8, told.at, told.at FROM last, told
WHERE NOT EXISTS (SELECT FROM again) AND NOT EXISTS (SELECT FROM oldest)`;

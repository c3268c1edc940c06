import fc from 'fast-check';
import { unaccountedFor, type Exchange } from './accounted-changes.ts';
import type { AnswerCheck } from './answer-check.ts';
import type { ChangeWatch } from './change-watch.ts';
import { describeAnswer, describeRequest, type FuzzRequest } from './fuzz-request.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import type { HttpExchange } from './http-exchange.ts';
import { isObject, readJson } from './json-text.ts';
import { requestArbitrary } from './request-arbitraries.ts';
import { nameOf, type Tally } from './tally.ts';

const MOST_AT_ONCE = 20;
/** What a batch of up to that many holds on average. */
const USUALLY_AT_ONCE = 10;

/** What the requests are made of, sent by, and judged with. */
export interface RequestFuzz {
  target: FuzzTarget;
  http: HttpExchange;
  check: AnswerCheck;
  watch: ChangeWatch;
  tally: Tally;
}

/**
 * Sends so many requests, several at once, and judges every answer and every row written. Gives the smallest batch found
 * that goes wrong, with its answers; null where none does.
 */
export async function fuzzRequests(
  fuzz: RequestFuzz,
  { requests, seed }: { requests: number; seed: number },
): Promise<string | null> {
  const batch = fc.array(requestArbitrary(fuzz.check, fuzz.target), {
    minLength: 1,
    maxLength: MOST_AT_ONCE,
    size: 'max',
  });
  for (let round = 0; fuzz.tally.total < requests; round += 1) {
    let last: { exchanges: Exchange[]; problems: string[] } = { exchanges: [], problems: [] };
    const property = fc.asyncProperty(batch, async (sent) => {
      const judged = await judgeBatch(fuzz, sent);
      if (judged.problems.length > 0) last = judged;
      return judged.problems.length === 0;
    });
    const numRuns = Math.ceil((requests - fuzz.tally.total) / USUALLY_AT_ONCE);
    const { failed, counterexamplePath } = await fc.check(property, { seed: seed + round, numRuns });
    if (failed) return report(fuzz, last, `seed ${seed + round}, path ${counterexamplePath}`);
  }
  return null;
}

/** Sends the requests at the same moment; gives all that is wrong with what came of it. */
export async function judgeBatch(
  fuzz: RequestFuzz,
  sent: readonly FuzzRequest[],
): Promise<{ exchanges: Exchange[]; problems: string[] }> {
  const settled = await Promise.allSettled(
    sent.map(async (request) => ({ request, answer: await fuzz.http.send(request) })),
  );
  const exchanges = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const unanswered = settled.flatMap((result, index) => {
    const request = sent[index];
    return result.status === 'rejected' && request ? [`${String(result.reason)}\n${describeRequest(request)}`] : [];
  });
  for (const { request, answer } of exchanges) fuzz.tally.add(callName(fuzz.check, request), answer.status);
  const wrong = exchanges.flatMap((exchange) =>
    problemsOf(fuzz, exchange).map((problem) => `${problem}, in answer to ${exchange.request.method}`),
  );
  return { exchanges, problems: [...unanswered, ...wrong, ...unaccountedFor(exchanges, await fuzz.watch.changes())] };
}

function callName(check: AnswerCheck, { method, path }: FuzzRequest): string {
  const operation = check.operationAt(method, path);
  return operation && method !== 'HEAD' ? nameOf(operation) : 'no call of the document';
}

/** What is wrong with one answer. */
export function problemsOf({ check, target }: RequestFuzz, { request, answer }: Exchange): string[] {
  return [
    ...check.problemsOf(request, answer),
    ...leaksIn(target, { request, answer }),
    ...changedData({ request, answer }),
  ];
}

/** Another app's data, and any key, in an answer. */
function leaksIn({ keys, otherAppsMark, foreign }: FuzzTarget, { request, answer }: Exchange): string[] {
  const text = answer.body.toString('utf8') + JSON.stringify(answer.headers);
  const leaked = Object.values(keys).some((key) => text.includes(key)) ? ['a key is in the answer'] : [];
  const isForeign =
    answer.status < 400 &&
    !request.asOtherApp &&
    [otherAppsMark, `"${foreign.id}"`].some((mark) => text.includes(mark));
  return isForeign ? [...leaked, "another app's order is in the answer"] : leaked;
}

/** What an app keeps in `extra_data` comes back as it was sent. */
function changedData({ request, answer }: Exchange): string[] {
  const sent = request.body && readJson(request.body);
  const shown = readJson(answer.body);
  if (answer.status !== 202 || !isObject(sent) || !isObject(shown) || !isObject(sent.extra_data)) return [];
  return sorted(sent.extra_data) === sorted(shown.extra_data) ? [] : ['extra_data came back changed'];
}

/** JSON whose keys are in order; -0 is 0 to JSON. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    isObject(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  );
}

function report(
  fuzz: RequestFuzz,
  { exchanges, problems }: { exchanges: Exchange[]; problems: string[] },
  where: string,
): string {
  const guilty = exchanges.filter((exchange) => problemsOf(fuzz, exchange).length > 0);
  // Where no answer is wrong by itself, it is what was written that is, and any of them may have done it.
  const shown = (guilty.length > 0 ? guilty : exchanges).map(
    ({ request, answer }) => `${describeRequest(request)}\n=> ${describeAnswer(answer)}`,
  );
  return [where, ...new Set(problems), ...shown].join('\n');
}

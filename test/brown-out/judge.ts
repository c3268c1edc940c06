import type { Findings, Sample } from './findings.ts';
import { totalOf } from './findings.ts';
import { CAPACITY_LEFT, TIMEOUT_SECONDS } from './options.ts';

export interface Verdict {
  promise: string;
  /** The figures behind it. */
  figures: string;
  /** What speaks against it; nothing where it is kept. */
  evidence: string[];
}

/** A look comes a little late on a busy machine, and a call arrives a little after it was counted. */
const LATE_MS = 250;
const WINDOWS_MS = [1_000, 10_000];
/** Of all calls that go out while Lakala does not answer, creates may be so many: each costs a page that nobody has. */
const MOST_CREATES = 0.4;
/** Of all calls, the questions' part while orders of both kinds wait. */
const LEAST_QUESTIONS = 0.6;
const BUCKET_MS = 5_000;
const MOST_UNEVEN = 1.4;
const LEAST_EVEN = 0.4;

/** One verdict a promise. */
export function judge(findings: Findings): Verdict[] {
  return [judgeAcceptance(findings), judgeBudget(findings), judgeMoneyFirst(findings), judgeRecovery(findings), judgeEnd(findings)];
}

function judgeAcceptance({ told }: Findings): Verdict {
  const refused = told.filter(({ status }) => status !== 202);
  const slowest = Math.max(0, ...told.map(({ ms }) => ms));
  const evidence = refused.map(({ status }) => `an order was answered ${status ?? 'not at all'}`);
  if (told.length === 0) evidence.push('no order was made');
  return { promise: 'orders are accepted all the while', figures: `${told.length} made, the slowest in ${slowest.toFixed(0)} ms`, evidence };
}

function judgeBudget({ samples, options: { budget } }: Findings): Verdict {
  const evidence: string[] = [];
  const most = WINDOWS_MS.map((windowMs) => {
    const windows = windowsOf(samples, windowMs);
    if (windows.length === 0) evidence.push(`no ${windowMs / 1_000} s were looked at`);
    for (const { from, to } of windows) {
      const calls = callsIn(from, to);
      const limit = (budget * (to.atMs - from.atMs + LATE_MS)) / 1_000;
      if (calls > limit) evidence.push(`${calls} calls in the ${((to.atMs - from.atMs) / 1_000).toFixed(2)} s from ${seconds(from.atMs)} on, where ${limit.toFixed(0)} are the most`);
    }
    return Math.max(0, ...windows.map(({ from, to }) => rateIn(from, to)));
  });
  const [inOne, inTen] = most.map((rate) => rate.toFixed(0));
  return { promise: `calls stay under ${budget} a second`, figures: `at most ${inOne} a second, ${inTen} over ten`, evidence };
}

function judgeMoneyFirst({ samples, fromMs, toMs, options }: Findings): Verdict {
  const evidence: string[] = [];
  const brown = samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const { creates, questions } = kindsIn(brown.at(0), brown.at(-1));
  const found = (brown.at(-1)?.found ?? 0) - (brown.at(0)?.found ?? 0);
  const share = creates / Math.max(1, creates + questions);
  if (share > MOST_CREATES) evidence.push(`${creates} of ${creates + questions} calls were creates while Lakala did not answer`);
  // All places are soon held by calls that wait for their time-out, and then free at once: Lakala sees a burst every ten
  // seconds and answers the first few of it. Some of these close pages that nobody has.
  const leastFound = (options.budget * CAPACITY_LEFT * options.seconds) / 10;
  if (found < leastFound) evidence.push(`only ${found} paid orders were found during the brown-out, where ${leastFound.toFixed(0)} could be`);
  const both = samples.slice(1).map((to, index) => ({ from: samples[index] as Sample, to }));
  const contested = both.filter(({ from, to }) => from.atMs >= toMs && [from, to].every(bothWait));
  const sums = contested.map(({ from, to }) => kindsIn(from, to));
  const asked = sums.reduce((sum, one) => sum + one.questions, 0);
  const all = sums.reduce((sum, one) => sum + one.questions + one.creates, 0);
  if (all === 0) evidence.push('creates and questions never waited together');
  else if (asked / all < LEAST_QUESTIONS) evidence.push(`of ${all} calls while both waited only ${asked} were questions`);
  const figures = `${found} paid orders found during the brown-out, ${percent(share)} of its calls creates; afterwards ${percent(asked / Math.max(1, all))} questions while both waited`;
  return { promise: 'questions about money keep their share', figures, evidence };
}

/** Many orders of either kind wait. */
function bothWait({ open, waiting }: Sample): boolean {
  return waiting >= 20 && open - waiting >= 200;
}

function judgeRecovery({ samples, toMs, options: { budget } }: Findings): Verdict {
  const evidence: string[] = [];
  // What was asked before still waits for its time-out and holds the places; at the end little is left to ask about.
  const after = samples.filter(({ atMs }) => atMs >= toMs + TIMEOUT_SECONDS * 1_000);
  const backlog = after.filter(({ open, waiting }) => open - waiting >= budget * 3);
  const buckets = windowsOf(backlog, BUCKET_MS).map(({ from, to }) => rateIn(from, to));
  const mean = buckets.reduce((sum, rate) => sum + rate, 0) / Math.max(1, buckets.length);
  const [least, most] = [Math.min(...buckets), Math.max(...buckets)];
  if (buckets.length === 0) evidence.push('there was no backlog to recover from');
  else if (most > mean * MOST_UNEVEN || least < mean * LEAST_EVEN)
    evidence.push(`between ${least.toFixed(0)} and ${most.toFixed(0)} calls a second, ${mean.toFixed(0)} on average: waves`);
  const figures = `${mean.toFixed(0)} calls a second on average, between ${least.toFixed(0)} and ${most.toFixed(0)} over any ${BUCKET_MS / 1_000} s`;
  return { promise: 'the recovery is even, without a stampede', figures, evidence };
}

function judgeEnd({ paid, booked, anomalies, unfinished }: Findings): Verdict {
  const evidence = [...unfinished, ...anomalies.map((what) => `anomaly: ${what}`)];
  for (const { id, status, paidAmount, amount, openPages } of booked) {
    const expected = paid.has(id) ? 'succeeded' : 'failed';
    if (status !== expected) evidence.push(`order ${id} is ${status}, not ${expected}`);
    if (paidAmount !== (paid.has(id) ? amount : 0)) evidence.push(`Lakala took ${paidAmount} fen for order ${id} of ${amount} fen, which is ${status}`);
    if (openPages > 0) evidence.push(`order ${id} has ${openPages} pages that could still be paid`);
  }
  if (booked.length === 0) evidence.push('there are no orders');
  return { promise: 'nothing is stuck afterwards', figures: `${booked.length} orders ended, ${paid.size} of them paid`, evidence };
}

/** From each look to the first one so much later. */
function windowsOf(samples: readonly Sample[], windowMs: number): { from: Sample; to: Sample }[] {
  return samples.flatMap((from, index) => {
    const to = samples.slice(index + 1).find(({ atMs }) => atMs - from.atMs >= windowMs * 0.95);
    return to ? [{ from, to }] : [];
  });
}

function callsIn(from: Sample, to: Sample): number {
  return totalOf(to.calls) - totalOf(from.calls);
}

function rateIn(from: Sample, to: Sample): number {
  return (callsIn(from, to) * 1_000) / (to.atMs - from.atMs);
}

function kindsIn(from: Sample | undefined, to: Sample | undefined): { creates: number; questions: number } {
  if (!from || !to) return { creates: 0, questions: 0 };
  const creates = to.calls.create - from.calls.create;
  return { creates, questions: callsIn(from, to) - creates };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

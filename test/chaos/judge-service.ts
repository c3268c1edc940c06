import { CALLS_PER_SECOND } from './chaos-stack.ts';
import { Inquest, type Findings, type Verdict } from './findings.ts';
import { isHindered } from './judge-events.ts';
import { BAD_PREFIX } from './vandal.ts';
import { BROWN_OUTS } from './weather.ts';

const WINDOW_MS = 10_000;
/** For so long after a blow a processor may not know yet who else lives. */
const LOST_SIGHT_MS = 15_000;

/** G9: while Lakala is slow, silent or wrong, orders are accepted, calls stay in their budget, and nothing is left stuck. */
export function judgeBrownOuts(findings: Findings): Verdict {
  const { told, log, unfinished } = findings;
  const inquest = new Inquest();
  const weathers = BROWN_OUTS.map((weather) => `Lakala ${weather}`);
  const isBrownOut = (fromMs: number, toMs: number): boolean => log.hitting('lakala', fromMs, toMs).some(({ kind }) => weathers.includes(kind));
  for (const attempt of told.creates) {
    const { fromMs, toMs, replica, status } = attempt;
    if (!isBrownOut(fromMs, toMs) || isHindered(log, attempt)) continue;
    inquest.check(status === 202, () => `while Lakala was away a create at ${replica} (${Math.round(fromMs)} to ${Math.round(toMs)} ms) was answered ${status}`);
  }
  checkBudget(inquest, findings);
  inquest.check(unfinished.length === 0, () => `when all was well again this did not end: ${unfinished.join('; ')}`);
  return inquest.verdict('G9', 'Lakala may be slow, silent or wrong', log.count(...weathers));
}

/**
 * A bucket holds one second's worth, and a processor that is started begins with a full one. Where processors may have
 * lost sight of each other, each may have taken the other's half as well.
 */
function checkBudget(inquest: Inquest, { calls, log }: Findings): void {
  for (const [index, { atMs, calls: before }] of calls.entries()) {
    const last = calls.slice(index, index + WINDOW_MS / 500).find((count) => count.atMs - atMs >= WINDOW_MS);
    if (last === undefined) continue;
    const seconds = (last.atMs - atMs) / 1000;
    const hits = ['processor', 'postgres'].flatMap((part) => log.hitting(part, atMs - LOST_SIGHT_MS, last.atMs));
    const apart = hits.some(({ parts }) => !parts.every((part) => /(redis|lakala)$/.test(part)));
    const share = apart || last.atMs > quietFrom(log) ? 2 : 1;
    const most = CALLS_PER_SECOND * share * (seconds + 1) + CALLS_PER_SECOND * hits.filter(({ kind }) => /^(kill|rolling)/.test(kind)).length;
    inquest.check(last.calls - before <= most, () => `${last.calls - before} calls in ${seconds.toFixed(1)} s from ${Math.round(atMs)} ms on, where ${Math.round(most)} are the limit`);
  }
}

/** After the faults the service's clock runs so fast that processors look dead to each other between two reports. */
function quietFrom(log: Findings['log']): number {
  return Math.max(...log.struck.map(({ toMs }) => toMs));
}

/** G10: what must be refused is refused, with no more than a refusal, and leaves nothing behind. */
export function judgeBadInput({ told, rows, log }: Findings): Verdict {
  const inquest = new Inquest();
  for (const attempt of told.vandalism) {
    const { what, replica, fromMs, status } = attempt;
    if (status === null || (status === 503 && isHindered(log, attempt))) continue;
    inquest.check(status >= 400 && status < 500, () => `${what}, sent to ${replica} at ${Math.round(fromMs)} ms, was answered ${status}`);
  }
  const made = [...rows.payments.map((row) => row.merchant_order_id), ...rows.refunds.map((row) => row.merchant_refund_id)];
  const bad = made.filter((id) => id?.startsWith(BAD_PREFIX));
  inquest.check(bad.length === 0, () => `what was refused exists: ${bad.join(', ')}`);
  for (const { guarantee, what } of told.broken) if (guarantee === 'G10') inquest.check(false, () => what);
  return inquest.verdict('G10', 'bad input does no harm', told.vandalism.filter(({ status }) => status !== null).length);
}

/** G11: no key opened another app's door, and no app heard of another's orders. */
export function judgeApart({ told, heard }: Findings): Verdict {
  const inquest = new Inquest();
  inquest.checks += told.trespasses.refused;
  for (const { appId, entries } of heard) {
    const strange = entries.filter((entry) => entry.app_id !== appId);
    inquest.check(strange.length === 0, () => `${strange.length} entries of another app came to ${appId}`);
  }
  for (const { guarantee, what } of told.broken) if (guarantee === 'G11') inquest.check(false, () => what);
  return inquest.verdict('G11', 'apps are kept apart', told.trespasses.refused);
}

/** G12: a rolling restart fails no request and ends every process in order. */
export function judgeDeploys({ told, deployEnds, unexpectedDeaths, log }: Findings): Verdict {
  const inquest = new Inquest();
  for (const end of deployEnds) inquest.check(end.endsWith('exit code 0'), () => `told to stop, ${end}`);
  inquest.checks += told.duringDeploy.answered;
  for (const failed of told.duringDeploy.failed) inquest.check(false, () => `during a deploy ${failed}`);
  for (const death of unexpectedDeaths) inquest.check(false, () => death);
  return inquest.verdict('G12', 'deploys are unseen', log.count('rolling deploy'));
}

/** G13: no secret is in any log, metric or answer, and the search would have found one. */
export function judgeSecrets({ secrets, log }: Findings): Verdict {
  const inquest = new Inquest();
  inquest.check(secrets.findsPlanted, () => 'the search does not find a planted secret');
  inquest.checks += secrets.searched * secrets.secrets;
  for (const found of secrets.found) inquest.check(false, () => found);
  return inquest.verdict('G13', 'secrets stay secret', log.struck.length);
}

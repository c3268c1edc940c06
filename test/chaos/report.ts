import { isGreen, type Findings, type Verdict } from './findings.ts';

const SHOWN = 5;

/** One line a guarantee, its evidence below it where there is any. */
export function linesOf(verdicts: readonly Verdict[]): string[] {
  return verdicts.flatMap((verdict) => {
    const { guarantee, what, strikes, checks, evidence } = verdict;
    const state = isGreen(verdict) ? 'ok ' : 'RED';
    const shown = evidence.slice(0, SHOWN).map((text) => `         ${text}`);
    const more = evidence.length > SHOWN ? [`         and ${evidence.length - SHOWN} more`] : [];
    const nothing = evidence.length === 0 && !isGreen(verdict) ? ['         nothing struck, or nothing was looked at: this shows nothing'] : [];
    return [`${state} ${guarantee.padEnd(4)} ${what}: ${strikes} strikes, ${checks} checks`, ...shown, ...more, ...nothing];
  });
}

/** How much of everything there was. */
export function countsOf({ told, rows, ledger, log, heard, recoveries, sent, calls }: Findings): string[] {
  const kinds = Map.groupBy(log.struck, ({ kind }) => kind);
  const ends = Map.groupBy(rows.payments, ({ status }) => status);
  const backs = Map.groupBy(rows.refunds, ({ status }) => status);
  const anomalies = Map.groupBy(rows.anomalies, ({ kind }) => kind);
  const worst = Math.max(0, ...recoveries.map(({ ms }) => ms));
  return [
    `faults: ${sizes(kinds)}; forged messages ${sent.length}`,
    `orders: ${told.payments.size} accepted, ${sizes(ends)}; pages at Lakala ${ledger.length}; calls ${calls.at(-1)?.calls ?? 0}`,
    `refunds: ${told.refunds.size} told, ${sizes(backs)}`,
    `events: ${rows.events.length}; heard ${heard.map((one) => `${one.appId} ${one.kind} ${one.entries.length} (${one.failures} failures, ${one.pending.size} pending)`).join(', ')}`,
    `anomalies: ${sizes(anomalies) || 'none'}; Redis made good ${recoveries.length} times, at most ${worst} ms`,
  ];
}

function sizes(groups: ReadonlyMap<string, readonly unknown[]>): string {
  return [...groups].map(([name, list]) => `${name} ${list.length}`).join(', ');
}

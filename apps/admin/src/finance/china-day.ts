import { InvalidArgumentError } from 'commander';

const DAY_MS = 86_400_000;

/** A calendar day in China, which keeps UTC+8 all year round. */
export interface ChinaDay {
  /** `YYYY-MM-DD`. */
  date: string;
  from: Date;
  /** The first moment of the day after. */
  to: Date;
}

/** Reads `YYYY-MM-DD`. */
export function chinaDay(text: string): ChinaDay {
  const from = new Date(`${text}T00:00:00+08:00`);
  if (!/^20\d\d-\d\d-\d\d$/.test(text) || Number.isNaN(from.getTime()) || dateInChina(from) !== text) {
    throw new InvalidArgumentError('Expected a day like 2026-01-31.');
  }
  return { date: text, from, to: new Date(from.getTime() + DAY_MS) };
}

/** The day in China that this moment is in, as `YYYY-MM-DD`. */
export function dateInChina(moment: Date): string {
  return new Date(moment.getTime() + 8 * 3_600_000).toISOString().slice(0, 10);
}

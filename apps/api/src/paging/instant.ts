import { Follows } from '../validation/rule.js';

const INSTANT = /^(?:19|2\d)\d\d-(\d\d)-(\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z$/;

/** Whether the text is a time in UTC that exists, so that PostgreSQL reads it as we do; fractions are tolerated. */
export function isInstant(text: string): boolean {
  const [, month, day] = INSTANT.exec(text) ?? [];
  if (month === undefined || day === undefined) return false;
  // JavaScript takes the 30th of February for the 1st or 2nd of March, PostgreSQL refuses it.
  const date = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(5, 10) === `${month}-${day}`;
}

export const IsInstant = () =>
  Follows('isInstant', (value) =>
    typeof value === 'string' && isInstant(value) ? undefined : 'must be a UTC time such as 2024-12-03T10:30:00Z',
  );

/** A moment as the API writes it: UTC, whole seconds. */
export function instant(moment: Date): string {
  return `${moment.toISOString().slice(0, 19)}Z`;
}

/** As {@link instant}; null stays null. */
export function optionalInstant(moment: Date | null): string | null {
  return moment === null ? null : instant(moment);
}

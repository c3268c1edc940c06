import { MessageError } from './message-error.js';

/** China keeps one offset all year round, so no time zone database is needed. */
const OFFSET_MS = 8 * 60 * 60 * 1000;

/**
 * A time as Lakala writes it, `yyyyMMddHHmmss` in GMT+8, cut to whole seconds (docs/lakala.md, "Envelope").
 * Throws a RangeError for an invalid date or a year that four digits cannot hold.
 */
export function formatChinaTime(time: Date): string {
  const shifted = new Date(time.getTime() + OFFSET_MS).toISOString();
  if (!/^\d{4}-/.test(shifted)) {
    throw new RangeError('the year does not fit four digits');
  }
  return shifted.slice(0, 19).replaceAll(/\D/g, '');
}

/** Reads `yyyyMMddHHmmss` in GMT+8; throws MessageError for anything else, such as the 30th of February. */
export function parseChinaTime(text: string): Date {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text) ?? [];
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`);
  if (Number.isNaN(time.getTime()) || formatChinaTime(time) !== text) {
    throw new MessageError('time', 'is not yyyyMMddHHmmss');
  }
  return time;
}

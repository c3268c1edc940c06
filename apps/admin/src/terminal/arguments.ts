import { InvalidArgumentError } from 'commander';
import { areNetworks, Networks } from '#platform/net/networks.js';

const SECONDS_OF = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const TEN_YEARS = 3650 * SECONDS_OF.d;

/** Seconds of `90d`, `24h`, `30m` or `10s`. */
export function duration(text: string): number {
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const seconds = Number(digits) * SECONDS_OF[unit as keyof typeof SECONDS_OF];
  if (Number.isNaN(seconds) || seconds > TEN_YEARS) {
    throw new InvalidArgumentError('Expected a time like 10s, 30m, 24h or 90d, at most ten years.');
  }
  return seconds;
}

/** As `duration`, but not nothing. */
export function positiveDuration(text: string): number {
  const seconds = duration(text);
  if (seconds === 0) throw new InvalidArgumentError('Expected more than no time.');
  return seconds;
}

/** A whole number from 1 on. */
export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number from 1 on.');
  return Number(text);
}

/** An app's id, as contract and database want it. */
export function appId(text: string): string {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(text)) throw new InvalidArgumentError('Expected 1 to 64 of A-Z a-z 0-9 _ - .');
  return text;
}

/** A merchant's or terminal's number at Lakala. */
export function gatewayNumber(text: string): string {
  if (!/^[A-Za-z0-9]{1,32}$/.test(text)) throw new InvalidArgumentError('Expected 1 to 32 letters and digits.');
  return text;
}

/** A UUID in its usual form, in lower case. */
export function uuid(text: string): string {
  if (!isUuid(text)) throw new InvalidArgumentError('Expected a UUID.');
  return text.toLowerCase();
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** The values of a comma-separated list, each once. */
export function listOf<T extends string>(known: readonly T[]): (text: string) => T[] {
  return (text) => {
    const names = new Set(text.split(',').map((name) => name.trim()));
    const chosen = known.filter((name) => names.has(name));
    if (chosen.length !== names.size) throw new InvalidArgumentError(`Expected some of ${known.join(',')}.`);
    return chosen;
  };
}

/** A name of the person at the keyboard. */
export function personName(text: string): string {
  if (!/^\P{Cc}{1,100}$/u.test(text)) throw new InvalidArgumentError('Expected a name of at most 100 characters.');
  return text;
}

/** Why something is done, for those who read it later. */
export function reason(text: string): string {
  if (!/^(?=.*\S)\P{Cc}{1,500}$/u.test(text)) throw new InvalidArgumentError('Expected 1 to 500 characters in one line.');
  return text.trim();
}

/** IP addresses and networks in CIDR form, with commas between. */
export function networks(text: string): string[] {
  if (!areNetworks(text)) throw new InvalidArgumentError('Expected IP addresses or networks like 198.51.100.0/24, with commas between.');
  return [...Networks.of(text).texts];
}

// A mask for very short values would blot out ordinary words of every line; such passwords are masked inside addresses.
const SHORTEST = 12;
// Every masked string is searched for each of them, so the net stays small; a process holds fewer than ten.
const MOST = 64;
const MASK = '[secret]';

const secrets = new Set<string>();

/**
 * Masks this value wherever it would appear in a log line, as a net below the allow-list of fields. Values under
 * 12 characters are left out. Throws a RangeError past 64 values: per-request secrets do not belong here.
 */
export function registerSecret(value: string): void {
  if (value.length < SHORTEST || secrets.has(value)) return;
  if (secrets.size >= MOST) throw new RangeError(`more than ${MOST} secrets registered`);
  secrets.add(value);
}

/** Registers the password of an address, as written and decoded; an address without one registers nothing. */
export function registerSecretsOfUrl(url: string): void {
  const password = /^[a-z0-9+.-]+:\/\/[^/?#@:]*:([^/?#@]+)@/i.exec(url)?.[1];
  if (password === undefined) return;
  registerSecret(password);
  if (!/%(?![0-9a-f]{2})/i.test(password)) registerSecret(decodeURIComponent(password));
}

/** Replaces every registered secret in the text. */
export function maskRegisteredSecrets(text: string): string {
  let masked = text;
  for (const secret of secrets) masked = masked.replaceAll(secret, MASK);
  return masked;
}

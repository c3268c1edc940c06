import { maskRegisteredSecrets } from './secrets.js';

// Bounds the work on a hostile string; whatever lies beyond is cut off, masked or not.
const LONGEST_LOOKED_AT = 16_384;

/** Patterns are bounded in every repetition that could start anywhere, so that no text makes them quadratic. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  // To the end of the text when the block's end is missing: half a key is a key to whoever finds the other half.
  [/-----BEGIN [A-Z0-9 ]{1,40}-----[\s\S]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g, '[pem]'],
  [/\blpk_[\w-]+/g, 'lpk_[key]'],
  [/\bBearer\s{1,8}[^\s"',;]+/gi, 'Bearer [key]'],
  [/\bBasic\s{1,8}[A-Za-z0-9+/=_-]{6,}/g, 'Basic [key]'],
  [/(signature\\?"?\s{0,8}[=:]\s{0,8}\\?["']?)[A-Za-z0-9+/=_-]{8,}/gi, '$1[signature]'],
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@"']{0,256}:)[^\s/"']{1,512}@/gi, '$1[password]@'],
];

/** Every text that one of the masks could match has one of these; few texts have, and this is one look instead of six. */
const DOUBTFUL = /-----BEGIN |lpk_|bearer|basic|signature|:\/\//i;

/**
 * Masks what must not be read in a log: registered secrets, API keys, bearer tokens, signatures, PEM blocks and
 * passwords in addresses; then cuts the text to `maxLength` characters.
 */
export function scrub(text: string, maxLength: number): string {
  let masked = maskRegisteredSecrets(text.slice(0, LONGEST_LOOKED_AT));
  if (DOUBTFUL.test(masked)) for (const [pattern, mask] of MASKS) masked = masked.replace(pattern, mask);
  return masked.length <= maxLength ? masked : `${masked.slice(0, maxLength)}…`;
}

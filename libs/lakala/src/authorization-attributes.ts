import { SignatureError } from './signature-error.js';

const SCHEME = /^\s*LKLAPI-SHA256withRSA\s+/i;
const ATTRIBUTE = /\s*([A-Za-z_]{1,32})\s*=\s*(?:"([^"]*)"|([^",\s]*))\s*(?:,|$)/y;

/**
 * The attributes of a `LKLAPI-SHA256withRSA` Authorization header, in whatever order, with or without spaces after the
 * commas (docs/lakala.md, "Signatures"). Unknown attributes are kept; one that is there twice is refused, since the
 * two sides could read it differently. Throws SignatureError `missing_header` or `malformed_header`.
 */
export function authorizationAttributes(header: string | undefined): ReadonlyMap<string, string> {
  if (!header) {
    throw new SignatureError('missing_header', 'Authorization is missing');
  }
  const scheme = SCHEME.exec(header);
  if (!scheme) {
    throw new SignatureError('malformed_header', 'Authorization is not of the scheme LKLAPI-SHA256withRSA');
  }
  const text = header.trimEnd();
  const attributes = new Map<string, string>();
  const pattern = new RegExp(ATTRIBUTE);
  pattern.lastIndex = scheme[0].length;
  while (pattern.lastIndex < text.length) {
    const [, name, quoted, bare] = pattern.exec(text) ?? [];
    if (name === undefined || attributes.has(name)) {
      throw new SignatureError('malformed_header', 'Authorization is not a list of distinct name="value" pairs');
    }
    attributes.set(name, quoted ?? bare ?? '');
  }
  return attributes;
}

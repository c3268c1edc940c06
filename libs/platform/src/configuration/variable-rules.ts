import { areNetworks } from '../net/networks.js';
import { isRedisUrl, REDIS_URL_FORMS } from '../redis/redis-url.js';

/** What a variable's text must be, and thereby the type of the field that holds it. */
export type VariableRule =
  | { readonly kind: 'string'; readonly pattern?: RegExp; readonly expected?: string; readonly orFile?: boolean }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'port' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'seconds'; readonly min: number; readonly max: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'url'; readonly schemes: readonly string[] }
  | { readonly kind: 'redis-url' }
  | { readonly kind: 'networks' }
  | { readonly kind: 'pem'; readonly block: 'PRIVATE KEY' | 'CERTIFICATE' };

/** The type that {@link parseText} gives; a number for ports, integers and seconds. */
export type VariableValue = string | number | boolean;

/** Whether `<name>_FILE` may name a file with the text. */
export function mayBeFile(rule: VariableRule): boolean {
  return rule.kind === 'pem' || (rule.kind === 'string' && rule.orFile === true);
}

/** Says in words what a rule accepts, for error messages and documentation. */
export function expectedBy(rule: VariableRule): string {
  switch (rule.kind) {
    case 'string':
      return rule.expected ?? (rule.pattern ? `text matching ${rule.pattern.source}` : 'text');
    case 'choice':
      return `one of ${rule.choices.join(', ')}`;
    case 'port':
      return 'a port, 0 to 65535 (0: any free one)';
    case 'integer':
      return `a whole number, ${rule.min} to ${rule.max}`;
    case 'seconds':
      return `a number of seconds, ${rule.min} to ${rule.max}`;
    case 'boolean':
      return 'true or false';
    case 'url':
      return `a ${rule.schemes.map((scheme) => `${scheme}://`).join(' or ')} address`;
    case 'redis-url':
      return REDIS_URL_FORMS;
    case 'networks':
      return 'IP addresses or networks like 10.0.0.0/8, with commas between';
    case 'pem':
      return rule.block === 'CERTIFICATE' ? 'one or more X.509 certificates in PEM form' : 'a private key in PEM form';
  }
}

/** Reads a variable's text by its rule; `undefined` where the text breaks it. A `pem` is checked by `readPem` instead. */
export function parseText(rule: VariableRule, text: string): VariableValue | undefined {
  switch (rule.kind) {
    case 'string':
      return !rule.pattern || rule.pattern.test(text) ? text : undefined;
    case 'choice':
      return rule.choices.includes(text) ? text : undefined;
    case 'port':
      return wholeNumber(text, 0, 65_535);
    case 'integer':
    case 'seconds':
      return wholeNumber(text, rule.min, rule.max);
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'url':
      return isUrl(text, rule.schemes) ? text : undefined;
    case 'redis-url':
      return isRedisUrl(text) ? text : undefined;
    case 'networks':
      return areNetworks(text) ? text : undefined;
    case 'pem':
      return text;
  }
}

function wholeNumber(text: string, min: number, max: number): number | undefined {
  if (!/^-?\d{1,15}$/.test(text)) return undefined;
  const value = Number(text);
  return value >= min && value <= max ? value : undefined;
}

function isUrl(text: string, schemes: readonly string[]): boolean {
  const url = URL.parse(text);
  return url !== null && schemes.includes(url.protocol.slice(0, -1)) && url.hostname !== '';
}

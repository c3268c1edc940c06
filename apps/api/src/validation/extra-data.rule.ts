import { Follows, type Rule } from './rule.js';

const MAX_BYTES = 16 * 1024;
const MAX_LEVELS = 8;
const MAX_URL_LENGTH = 2048;
/** What the service itself writes into an order's `extra_data`. */
const OWN_KEYS = ['payment_url', 'lakala_callback'];

export const IsExtraData = () => Follows('isExtraData', extraDataRule);

const extraDataRule: Rule = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'must be a JSON object';
  // Before the size: writing deep JSON is recursive.
  if (levels(value) > MAX_LEVELS) return `must have at most ${MAX_LEVELS} levels`;
  if (Buffer.byteLength(JSON.stringify(value)) > MAX_BYTES) return 'must be at most 16 KiB as JSON';
  const problems = OWN_KEYS.filter((key) => Object.hasOwn(value, key)).map(
    (key) => `must not contain ${key}, which the service itself writes`,
  );
  const returnUrlProblem = returnUrlRule('return_url' in value ? value.return_url : undefined);
  if (returnUrlProblem) problems.push(returnUrlProblem);
  return problems.length > 0 ? problems.join('; ') : undefined;
};

const returnUrlRule: Rule = (value) => {
  if (value === undefined || value === null) return undefined;
  const isGood =
    typeof value === 'string' &&
    value.length <= MAX_URL_LENGTH &&
    !/[\p{Cc}\s]/u.test(value) &&
    ['http:', 'https:'].includes(URL.parse(value)?.protocol ?? '');
  return isGood ? undefined : `must have as return_url an http(s) URL of at most ${MAX_URL_LENGTH} characters`;
};

function levels(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let deepest = 0;
  for (const item of Object.values(value)) deepest = Math.max(deepest, levels(item));
  return 1 + deepest;
}

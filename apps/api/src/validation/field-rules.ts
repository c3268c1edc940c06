import { Follows, matching, type Rule } from './rule.js';

/** The most fen an order or refund may be: what Lakala's 12 digits hold, and far from any rounding. */
export const MAX_AMOUNT_FEN = 9_999_999_999;

const MAX_SUBJECT_LENGTH = 128;
const MAX_REASON_LENGTH = 200;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Today's and former ISO 4217 codes, as the runtime knows them. */
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

export const IsAppId = () => Follows('isAppId', matching(/^[A-Za-z0-9_.-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 _ - .'));

/** A caller's own id of an order or refund; `.` and `..` would be lost in an address, where the id stands. */
export const IsMerchantId = () =>
  Follows(
    'isMerchantId',
    matching(/^(?!\.{1,2}$)[A-Za-z0-9_.:-]{1,64}$/, "1 to 64 of A-Z a-z 0-9 _ - . : (but not '.' or '..')"),
  );

export const IsUuidText = () => Follows('isUuidText', matching(UUID, 'a UUID'));

export const IsFen = () =>
  Follows('isFen', (value) =>
    isIntegerWithin(value, 1, MAX_AMOUNT_FEN) ? undefined : `must be an integer number of fen, 1 to ${MAX_AMOUNT_FEN}`,
  );

export const IsExpirySeconds = () =>
  Follows('isExpirySeconds', (value) =>
    isIntegerWithin(value, 60, 604_200) ? undefined : 'must be an integer number of seconds, 60 to 604200',
  );

export const IsOneOf = (choices: readonly string[]) =>
  Follows('isOneOf', (value) => {
    if (value === undefined || value === null) return 'is required';
    return typeof value === 'string' && choices.includes(value) ? undefined : `must be one of ${choices.join(', ')}`;
  });

export const IsCurrency = () => Follows('isCurrency', currencyRule);

export const IsSubject = () =>
  Follows('isSubject', (value) => {
    if (value === undefined || value === null) return 'is required';
    if (typeof value !== 'string') return 'must be a string';
    // Control characters are what \p{Cc} is.
    if (value === '' || isLonger(value, MAX_SUBJECT_LENGTH)) return `must have 1 to ${MAX_SUBJECT_LENGTH} characters`;
    return /\p{Cc}/u.test(value) ? 'must not contain control characters' : undefined;
  });

export const IsReason = () =>
  Follows('isReason', (value) => {
    if (typeof value !== 'string') return 'must be a string or null';
    return isLonger(value, MAX_REASON_LENGTH) ? `must have at most ${MAX_REASON_LENGTH} characters` : undefined;
  });

const currencyRule: Rule = (value) => {
  if (value === 'CNY') return undefined;
  if (typeof value !== 'string') return 'must be a string';
  return CURRENCIES.has(value)
    ? 'must be CNY: only CNY is accepted today'
    : 'must be an ISO 4217 code, of which only CNY is accepted today';
};

function isIntegerWithin(value: unknown, min: number, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
}

/** In code points, as PostgreSQL's char_length counts them; there are never more of them than `length` says. */
function isLonger(text: string, maxCharacters: number): boolean {
  return text.length > maxCharacters && [...text].length > maxCharacters;
}

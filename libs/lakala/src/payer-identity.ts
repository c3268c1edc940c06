/** Stands where something of the payer was. */
const MASK = '***';

/** Deeper than any message of Lakala's; what lies below is masked whole rather than searched without limit. */
const MAX_DEPTH = 32;

/**
 * Names of fields that tell who paid, in lower case without underscores and trailing digits (`user_id1`, `payerId2`).
 * From the real messages, docs/lakala.md and the names the payment channels use for the same things.
 */
const IDENTITY_FIELDS: ReadonlySet<string> = new Set([
  'userid', 'subuserid', 'outuserid', 'openid', 'subopenid', 'unionid',
  'payerid', 'payername', 'payeraccount', 'payeraccountno', 'payeraccountbank',
  'buyerid', 'buyeruserid', 'buyerlogonid', 'accid', 'accno', 'accname', 'accountno', 'accountname',
  'cardno', 'bankcardno', 'idcard', 'idno', 'certno', 'mobile', 'phone', 'authcode', 'requestip',
]);

/**
 * A copy of a parsed message that can be shown to people: whatever tells who the payer is, however deep, is masked.
 * Everything else stays as it was.
 */
export function withoutPayerIdentity(parsedJson: unknown): unknown {
  return mask(parsedJson, 0);
}

function mask(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (depth >= MAX_DEPTH) {
    return MASK;
  }
  if (Array.isArray(value)) {
    return value.map((item) => mask(item, depth + 1));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      tellsWhoPaid(name) && item !== null ? MASK : mask(item, depth + 1),
    ]),
  );
}

function tellsWhoPaid(name: string): boolean {
  return IDENTITY_FIELDS.has(name.toLowerCase().replaceAll(/[_-]|\d{1,4}$/g, ''));
}

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

/** Patterns are bounded in every repetition that could start anywhere, so that no text makes them quadratic. */
const IDENTITY_TEXTS: readonly RegExp[] = [
  // What a label names, whatever it looks like: 持卡人：张三, openid=….
  /(?<=(?:姓名|户名|持卡人|用户|手机号?|身份证号?|卡号|账号|account|name|mobile|phone|card|open_?id|user_?id)\s{0,3}[:：=]\s{0,3})[^\s,，;；。]{1,128}/giu,
  /[\w.*+-]{1,64}@[\w.*-]{1,128}/g,
  // A name or an account with stars in it: 张*三, sky***, 138****8000.
  /\p{Script=Han}\*{1,32}\p{Script=Han}?|[\w.-]{0,32}\*{1,32}(?:[\w.-]{1,32}|\p{Script=Han})?/gu,
  // Telephones, cards, identity cards and user ids.
  /(?<!\d)\d(?:[\d*xX]|[ -](?=[\d*])){5,40}/g,
  // What the channels call a user by (openid, unionid), and anything else that long and meaningless.
  /(?<![\w-])[\w-]{20,256}/g,
];

/**
 * A text of Lakala's for people, with whatever looks like a payer's number, address, account or name masked. Lakala
 * writes these texts freely, so rather too much is masked than too little.
 */
export function textWithoutPayerIdentity(text: string): string {
  return IDENTITY_TEXTS.reduce((masked, pattern) => masked.replace(pattern, MASK), text);
}

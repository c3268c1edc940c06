import { createSign, createVerify, generateKeyPairSync, verify } from 'node:crypto';
import {
  newNonce,
  notificationAuthorization,
  parseRequestAuthorization,
  requestSignatureHolds,
  signAnswer,
} from './signing.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const BODY = Buffer.from('{"req_data":{"order_info":"购买VIP"}}');

const changedAt = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};

describe('a request', () => {
  const signature = createSign('RSA-SHA256')
    .update(`OP1\n0012\n1700000000\nabc123abc123\n`)
    .update(BODY)
    .update('\n')
    .sign(privateKey, 'base64');
  const attributes = [
    `appid="OP1"`,
    `serial_no="0012"`,
    `timestamp="1700000000"`,
    `nonce_str="abc123abc123"`,
    `signature="${signature}"`,
  ];
  const parse = (list: string[], separator = ','): ReturnType<typeof parseRequestAuthorization> =>
    parseRequestAuthorization(`LKLAPI-SHA256withRSA ${list.join(separator)}`);

  it('is believed when the merchant signed exactly its five lines, in any order of attributes', () => {
    for (const authorization of [parse(attributes), parse([...attributes].reverse(), ', ')]) {
      if (authorization === null) throw new Error('the header was not read');
      expect(requestSignatureHolds(authorization, BODY, publicKey)).toBe(true);
    }
  });

  it('is refused with any byte of its body or any signed attribute changed', () => {
    const authorization = parse(attributes);
    if (authorization === null) throw new Error('the header was not read');
    for (let at = 0; at < BODY.length; at += 1) {
      expect(requestSignatureHolds(authorization, changedAt(BODY, at), publicKey)).toBe(false);
    }
    for (const name of ['appid', 'serialNo', 'timestamp', 'nonce'] as const) {
      expect(requestSignatureHolds({ ...authorization, [name]: `${authorization[name]}1` }, BODY, publicKey)).toBe(
        false,
      );
    }
  });

  it('is not read without each of its attributes, or under another scheme', () => {
    for (const left of attributes.keys()) expect(parse(attributes.filter((_, at) => at !== left))).toBeNull();
    expect(parseRequestAuthorization(`Bearer ${attributes.join(',')}`)).toBeNull();
    expect(parseRequestAuthorization(undefined)).toBeNull();
  });
});

describe('an answer', () => {
  it('verifies over appid, serial, timestamp, nonce and body, and not with a byte changed', async () => {
    const values = { appid: 'OP1', serial: '17e78a28e60', timestamp: '1700000000', nonce: newNonce() };
    const signature = Buffer.from(await signAnswer(values, BODY, privateKey), 'base64');
    const lines = Buffer.from(`OP1\n17e78a28e60\n1700000000\n${values.nonce}\n`);
    const text = Buffer.concat([lines, BODY, Buffer.from('\n')]);
    expect(createVerify('RSA-SHA256').update(text).verify(publicKey, signature)).toBe(true);
    expect(
      createVerify('RSA-SHA256')
        .update(changedAt(text, lines.length + 3))
        .verify(publicKey, signature),
    ).toBe(false);
  });
});

describe('a notification', () => {
  it('verifies over timestamp, nonce and body, and not with a byte changed', async () => {
    const header = await notificationAuthorization('1700000000', BODY, privateKey);
    const match =
      /^LKLAPI-SHA256withRSA timestamp="1700000000",nonce_str="([0-9A-Za-z]{12})",signature="([^"]+)"$/.exec(header);
    const text = Buffer.concat([Buffer.from(`1700000000\n${match?.[1]}\n`), BODY, Buffer.from('\n')]);
    const signature = Buffer.from(match?.[2] ?? '', 'base64');
    expect(verify('sha256', text, publicKey, signature)).toBe(true);
    expect(verify('sha256', changedAt(text, 30), publicKey, signature)).toBe(false);
  });
});

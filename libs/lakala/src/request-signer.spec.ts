import { generateKeyPairSync, verify } from 'node:crypto';
import fc from 'fast-check';
import { newNonce, parsePrivateKey, signRequest } from './request-signer.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const signer = { appid: 'OP00000003', serialNo: '00dfba8194c41b84cf', privateKey };

function pem(type: 'rsa' | 'ec' | 'short'): string {
  const key =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
      : generateKeyPairSync('rsa', { modulusLength: type === 'short' ? 1024 : 2048 }).privateKey;
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

describe('signRequest', () => {
  it('signs exactly the five lines of the protocol, as plain node:crypto sees them', async () => {
    const body = '{"req_time":"20240829113808","version":"3.0","req_data":{"order_info":"测试"}}';
    const header = await signRequest(signer, body, { timestampSeconds: 1724902691, nonce: '1KMsPLtVSiwI' });
    const [, signature = ''] = /signature="([^"]+)"$/.exec(header) ?? [];
    const lines = `OP00000003\n00dfba8194c41b84cf\n1724902691\n1KMsPLtVSiwI\n${body}\n`;
    expect(verify('sha256', Buffer.from(lines), publicKey, Buffer.from(signature, 'base64'))).toBe(true);
    expect(header).toBe(
      'LKLAPI-SHA256withRSA appid="OP00000003",serial_no="00dfba8194c41b84cf",timestamp="1724902691",' +
        `nonce_str="1KMsPLtVSiwI",signature="${signature}"`,
    );
  });

  it('signs the bytes it is given, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const header = await signRequest(signer, bytes, { timestampSeconds: 1, nonce: 'n' });
        const [, signature = ''] = /signature="([^"]+)"$/.exec(header) ?? [];
        const text = Buffer.concat([Buffer.from(`${signer.appid}\n${signer.serialNo}\n1\nn\n`), bytes, Buffer.from('\n')]);
        expect(verify('sha256', text, publicKey, Buffer.from(signature, 'base64'))).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('refuses a value that would end its attribute or its line early', async () => {
    const moment = { timestampSeconds: 1, nonce: 'n' };
    await expect(signRequest({ ...signer, appid: 'OP"' }, '', moment)).rejects.toThrow('appid');
    await expect(signRequest({ ...signer, serialNo: '00\n' }, '', moment)).rejects.toThrow('serial_no');
    await expect(signRequest(signer, '', { ...moment, nonce: '' })).rejects.toThrow('nonce_str');
    await expect(signRequest(signer, '', { ...moment, timestampSeconds: 1.5 })).rejects.toThrow('timestamp');
  });
});

describe('newNonce', () => {
  it('gives 32 alphanumeric characters, different each time', () => {
    const nonces = Array.from({ length: 100 }, newNonce);
    expect(nonces.every((nonce) => /^[0-9A-Za-z]{32}$/.test(nonce))).toBe(true);
    expect(new Set(nonces).size).toBe(100);
  });
});

describe('parsePrivateKey', () => {
  it('reads PKCS#8 and PKCS#1', () => {
    for (const type of ['pkcs8', 'pkcs1'] as const) {
      const key = parsePrivateKey(privateKey.export({ type, format: 'pem' }).toString());
      expect(key.equals(privateKey)).toBe(true);
    }
  });

  it('refuses a key that is not RSA, or too short', () => {
    expect(() => parsePrivateKey(pem('ec'))).toThrow('is ec, expected rsa');
    expect(() => parsePrivateKey(pem('short'))).toThrow('1024 bits');
  });

  it('refuses a public key and a protected key', () => {
    expect(() => parsePrivateKey(publicKey.export({ type: 'spki', format: 'pem' }).toString())).toThrow('not readable');
    const protectedKey = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
    expect(() => parsePrivateKey(protectedKey.toString())).toThrow('not readable');
  });

  it('never quotes the key it could not read', () => {
    const broken = pem('rsa').replace('M', '!');
    let caught: unknown;
    try {
      parsePrivateKey(broken);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(Error);
    const shown = `${String(caught)} ${JSON.stringify(caught, Object.getOwnPropertyNames(caught))}`;
    expect(shown).not.toContain(broken.split('\n')[1]);
  });
});

import { hashKey, issueKey } from './api-key.js';

describe('an issued API key', () => {
  it('is lpk_ and 256 bits in base64url, never the same twice', () => {
    const keys = Array.from({ length: 50 }, () => issueKey().key);
    for (const key of keys) expect(key).toMatch(/^lpk_[A-Za-z0-9_-]{43}$/);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('is found again by the hash of its clear text', () => {
    const { key, hash } = issueKey();
    expect(hashKey(key)).toEqual(hash);
    expect(hash).toHaveLength(32);
    expect(hashKey(`${key}x`)).not.toEqual(hash);
  });

  it('shows only its first characters as a hint', () => {
    const { key, hint } = issueKey();
    expect(hint).toHaveLength(10);
    expect(key.startsWith(hint)).toBe(true);
  });

  it('hashes as SHA-256, so that keys issued by any version stay valid', () => {
    expect(hashKey('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

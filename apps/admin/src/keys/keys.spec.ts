import { Client } from 'pg';
import { hashKey } from '#domain/keys/api-key.js';
import { runAdmin as runBuiltProgram } from '../../../../test/stack/admin.ts';
import { createTestDatabase, urlForRole, type TestDatabase } from '../../../../test/stack/databases.ts';
import { answerOf, run } from '../../test/command-line.ts';

interface Issued {
  id: string;
  key: string;
  scopes: string[];
  expires_at: string | null;
}
interface Rotated extends Issued {
  replaces: string;
  replaced_expires_at: string;
}
interface Listed {
  id: string;
  state: string;
  expires_at: string | null;
  revoked_at: string | null;
}

const ALL_SCOPES = ['payments:write', 'payments:read', 'refunds:write', 'refunds:read', 'events:read'];
const HOUR_MS = 3_600_000;

let database: TestDatabase;
let owner: Client;
let url: string;

beforeAll(async () => {
  database = await createTestDatabase();
  url = urlForRole(database.url, 'loomi_admin');
  owner = new Client({ connectionString: database.url });
  await owner.connect();
  await answerOf(url, 'app', 'create', 'shop');
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

const issue = (...args: string[]): Promise<Issued> => answerOf<Issued>(url, 'key', 'issue', 'shop', ...args);

async function listed(id: string): Promise<Listed> {
  const found = (await answerOf<Listed[]>(url, 'key', 'list', 'shop')).find((key) => key.id === id);
  if (found === undefined) throw new Error(`${id} is not listed`);
  return found;
}

async function acts(act: string, target: string): Promise<unknown[]> {
  return (await owner.query<object>('SELECT * FROM operator_acts WHERE act = $1 AND target = $2', [act, target])).rows;
}

test('an issued key is shown once: the books hold its hash, the record and the list neither', async () => {
  const issued = await issue();
  expect(Object.keys(issued)).toEqual(['id', 'key', 'scopes', 'expires_at']);
  expect(issued).toMatchObject({ scopes: ALL_SCOPES, expires_at: null });
  const { rows } = await owner.query<{ key_hash: Buffer }>('SELECT key_hash FROM api_keys WHERE id = $1', [issued.id]);
  expect(rows[0]?.key_hash).toEqual(hashKey(issued.key));
  const kept = JSON.stringify(await acts('key.issue', issued.id));
  const shown = (await run(url, 'key', 'list', 'shop')).out + JSON.stringify(await listed(issued.id));
  for (const text of [kept, shown]) {
    expect(text).toContain(issued.key.slice(0, 8));
    expect(text).not.toContain(issued.key);
    expect(text).not.toContain(hashKey(issued.key).toString('hex'));
  }
});

test('scopes and lifetime are as asked for', async () => {
  const issued = await issue('--scopes', 'events:read,payments:read', '--expires-in', '2h');
  expect(issued.scopes).toEqual(['payments:read', 'events:read']);
  const { rows } = await owner.query(
    "SELECT expires_at - created_at = interval '2 hours' AS two_hours FROM api_keys WHERE id = $1",
    [issued.id],
  );
  expect(rows).toEqual([{ two_hours: true }]);
});

test('a rotated key works until the overlap is over; its successor has the same rights and lifetime', async () => {
  const old = await issue('--scopes', 'payments:read', '--expires-in', '48h');
  const successor = await answerOf<Rotated>(url, 'key', 'rotate', old.id, '--overlap', '1h');
  expect(successor).toMatchObject({ scopes: ['payments:read'], replaces: old.id });
  const before = await listed(old.id);
  expect(before).toMatchObject({ state: 'live', expires_at: successor.replaced_expires_at });
  const { created_at } = (await answerOf<{ id: string; created_at: string }[]>(url, 'key', 'list', 'shop')).find(
    ({ id }) => id === successor.id,
  ) ?? { created_at: '' };
  expect(Date.parse(successor.expires_at ?? '') - Date.parse(created_at)).toBe(48 * HOUR_MS);
  expect(Date.parse(successor.replaced_expires_at) - Date.parse(created_at)).toBeCloseTo(HOUR_MS, -3);
  expect(await acts('key.rotate', old.id)).toHaveLength(1);
});

test('an overlap never lengthens the life of the old key', async () => {
  const old = await issue('--expires-in', '10m');
  await answerOf(url, 'key', 'rotate', old.id);
  expect((await listed(old.id)).expires_at).toBe(old.expires_at);
});

test('two rotations at once make one successor', async () => {
  const { id } = await issue();
  const codes = (await Promise.all([run(url, 'key', 'rotate', id), run(url, 'key', 'rotate', id)])).map(({ code }) => code);
  expect(codes.sort()).toEqual([0, 1]);
  const { rows } = await owner.query('SELECT 1 FROM api_keys WHERE replaces = $1', [id]);
  expect(rows).toHaveLength(1);
});

test('a revoked key stays revoked since the first time, and cannot be rotated', async () => {
  const { id } = await issue();
  const first = await answerOf<Listed>(url, 'key', 'revoke', id);
  expect(first.state).toBe('revoked');
  expect(await answerOf<Listed>(url, 'key', 'revoke', id)).toEqual(first);
  expect(await acts('key.revoke', id)).toHaveLength(1);
  expect(await run(url, 'key', 'rotate', id)).toMatchObject({ code: 1, err: `error: the key ${id} is revoked; issue a new one\n` });
});

test('a key past its time is listed as expired and cannot be rotated', async () => {
  const { id } = await issue('--expires-in', '1h');
  await owner.query("UPDATE api_keys SET expires_at = loomi_now() - interval '1 second' WHERE id = $1", [id]);
  expect((await listed(id)).state).toBe('expired');
  expect((await run(url, 'key', 'rotate', id)).code).toBe(1);
});

test.each([
  ['an unknown scope', ['key', 'issue', 'shop', '--scopes', 'payments:read,everything']],
  ['no scope at all', ['key', 'issue', 'shop', '--scopes', '']],
  ['a life of no time', ['key', 'issue', 'shop', '--expires-in', '0d']],
  ['a time without a unit', ['key', 'issue', 'shop', '--expires-in', '90']],
  ['a key id that is none', ['key', 'revoke', 'lpk_abc']],
])('%s is a wrong call: exit code 2 and no key', async (_, args) => {
  const { rows: before } = await owner.query('SELECT id, revoked_at FROM api_keys');
  const { code, out, err } = await run(url, ...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^error: [^\n]+\n$/);
  expect((await owner.query('SELECT id, revoked_at FROM api_keys')).rows).toEqual(before);
});

test('the built program issues, rotates, lists and revokes', async () => {
  const built = async <T>(...args: string[]): Promise<T> => JSON.parse(await runBuiltProgram(url, 'key', ...args, '--json')) as T;
  const issued = await built<Issued>('issue', 'shop');
  const successor = await built<Issued>('rotate', issued.id, '--overlap', '0s');
  await built('revoke', successor.id);
  const states = new Map((await built<Listed[]>('list', 'shop')).map(({ id, state }) => [id, state]));
  expect([states.get(issued.id), states.get(successor.id)]).toEqual(['expired', 'revoked']);
  await expect(runBuiltProgram(url, 'key', 'rotate', issued.id)).rejects.toThrow(`error: the key ${issued.id} is expired`);
});

import { Client } from 'pg';
import { randomBytes } from 'node:crypto';
import { execute, urlForRole, urlOfDatabase } from '../../../../test/stack/databases.ts';
import { answerOf, run } from '../../test/command-line.ts';
import type { MigrateResult } from './migrate.js';

const server = process.env.TEST_POSTGRES_URL ?? '';
const name = `migrating_${randomBytes(6).toString('hex')}`;
const url = urlOfDatabase(server, name);
let owner: Client;

beforeEach(async () => {
  await execute(server, `CREATE DATABASE ${name}`);
  owner = new Client({ connectionString: url });
  await owner.connect();
});

afterEach(async () => {
  await owner.end();
  await execute(server, `DROP DATABASE ${name} WITH (FORCE)`);
});

test('of two at once one applies everything, the other nothing, and both succeed', async () => {
  const [one, other] = await Promise.all([answerOf<MigrateResult>(url, 'migrate'), answerOf<MigrateResult>(url, 'migrate')]);
  const counts = [one.applied.length, other.applied.length].sort((a, b) => a - b);
  expect(counts[0]).toBe(0);
  expect(counts[1]).toBeGreaterThan(0);
});

test('status says no with exit code 1 until everything is applied, and changes nothing itself', async () => {
  const before = await run(url, 'migrate', '--status');
  expect(before).toMatchObject({ code: 1, err: '' });
  expect(before.out).toContain('pending');
  const { rows } = await owner.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
  expect(rows).toEqual([]);
  await answerOf(url, 'migrate');
  const after = await run(urlForRole(url, 'loomi_admin'), 'migrate', '--status');
  expect(after).toMatchObject({ code: 0, err: '' });
  expect(after.out).not.toContain('pending');
});

test('today and the seven days to come have their partitions, once', async () => {
  const first = await answerOf<MigrateResult>(url, 'migrate');
  expect(first.partitions_made).toHaveLength(16);
  const { rows } = await owner.query<{ day: string }>(
    "SELECT to_char((loomi_now() AT TIME ZONE 'UTC')::date + 7, 'YYYY-MM-DD') AS day",
  );
  expect(first.partitions_made).toEqual(expect.arrayContaining([`events ${rows[0]?.day}`, `notifications ${rows[0]?.day}`]));
  expect((await answerOf<MigrateResult>(url, 'migrate')).partitions_made).toEqual([]);
});

test('a day whose rows came before its partition stays where it is, and the others are made', async () => {
  await answerOf(url, 'migrate');
  await owner.query(`
    CREATE OR REPLACE FUNCTION loomi_now() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT statement_timestamp() + interval ''30 days''';
    INSERT INTO notifications (id, out_order_no, raw, signed_text_prefix, signature, certificate)
    VALUES (uuidv7(interval '30 days'), 'x', '', '', '', '');`);
  const later = await answerOf<MigrateResult>(url, 'migrate');
  expect(later.partitions_skipped).toHaveLength(1);
  expect(later.partitions_made).toHaveLength(15);
});

test('what was applied is kept with the name of who did it', async () => {
  const { applied } = await answerOf<MigrateResult>(url, 'migrate', '--operator', 'Zhang Wei');
  const { rows } = await owner.query('SELECT operator, act, target, detail FROM operator_acts');
  expect(rows).toEqual([{ operator: 'Zhang Wei', act: 'migrate', target: 'schema', detail: { applied } }]);
});

test('a migration that fails leaves nothing behind', async () => {
  await owner.query('CREATE TABLE trades (in_the_way text)');
  const failed = await run(url, 'migrate');
  expect(failed.code).toBe(1);
  expect(failed.err).toMatch(/^error: .*"trades" already exists\n$/);
  const { rows } = await owner.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  expect(rows).toEqual([{ tablename: 'trades' }]);
});

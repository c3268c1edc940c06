import { Client } from 'pg';
import { createTestDatabase, urlForRole, type TestDatabase } from '../../../../test/stack/databases.ts';
import { writeAnomaly } from '../../test/books.ts';
import { answerOf, run } from '../../test/command-line.ts';

let database: TestDatabase;
let owner: Client;
let url: string;
let open: string;
let resolved: string;

beforeAll(async () => {
  database = await createTestDatabase();
  url = urlForRole(database.url, 'loomi_admin');
  owner = new Client({ connectionString: database.url });
  await owner.connect();
  resolved = await writeAnomaly(owner, 'paid_twice', null);
  open = await writeAnomaly(owner, 'unknown_order', null);
  await owner.query("UPDATE anomalies SET resolved_at = loomi_now(), resolution = 'given back' WHERE id = $1", [resolved]);
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

const ids = async (...args: string[]): Promise<string[]> =>
  (await answerOf<{ id: string }[]>(url, 'anomaly', 'list', ...args)).map(({ id }) => id);

test('the list shows what is not resolved; with --all the rest too; by kind where asked', async () => {
  expect(await ids()).toEqual([open]);
  expect(await ids('--all')).toEqual([resolved, open]);
  expect(await ids('--all', '--kind', 'paid_twice')).toEqual([resolved]);
  expect(await ids('--kind', 'paid_twice')).toEqual([]);
});

test('the evidence, which names the payer, is not shown', async () => {
  const shown = JSON.stringify(await answerOf(url, 'anomaly', 'list', '--all')) + (await run(url, 'anomaly', 'list')).out;
  expect(shown).not.toMatch(/sky\*\*\*|2088002264868521|raw/);
});

test('a kind that does not exist is a wrong call', async () => {
  expect(await run(url, 'anomaly', 'list', '--kind', 'lost')).toMatchObject({ code: 2, out: '' });
});

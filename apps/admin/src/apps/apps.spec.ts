import { Client } from 'pg';
import { createTestDatabase, urlForRole, type TestDatabase } from '../../../../test/stack/databases.ts';
import { answerOf, run } from '../../test/command-line.ts';

let database: TestDatabase;
let owner: Client;
let url: string;

beforeAll(async () => {
  database = await createTestDatabase();
  url = urlForRole(database.url, 'loomi_admin');
  owner = new Client({ connectionString: database.url });
  await owner.connect();
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

async function actsOn(target: string): Promise<unknown[]> {
  const { rows } = await owner.query<object>('SELECT operator, act, detail FROM operator_acts WHERE target = $1 ORDER BY id', [target]);
  return rows;
}

test('an app is made once: the second time is refused, and harmless with --if-missing', async () => {
  expect(await answerOf(url, 'app', 'create', 'shop')).toMatchObject({ app_id: 'shop', own_streams: false, created: true });
  const again = await run(url, 'app', 'create', 'shop', '--own-streams');
  expect(again).toEqual({ code: 1, out: '', err: 'error: the app shop exists\n' });
  const harmless = await answerOf(url, 'app', 'create', 'shop', '--own-streams', '--if-missing');
  expect(harmless).toMatchObject({ app_id: 'shop', own_streams: false, created: false });
  expect(await actsOn('shop')).toHaveLength(1);
});

test('what is set changes, what is left out stays, and both are kept with who did it', async () => {
  await answerOf(url, 'app', 'create', 'store', '--merchant-no', '822290059430BFA', '--term-no', 'D9296400');
  await answerOf(url, 'app', 'set', 'store', '--own-streams', 'on');
  expect(await answerOf(url, 'app', 'list')).toContainEqual({
    app_id: 'store',
    merchant_no: '822290059430BFA',
    term_no: 'D9296400',
    own_streams: true,
    late_payment: 'hold',
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
  });
  await answerOf(url, 'app', 'set', 'store', '--default-account');
  const acts = await actsOn('store');
  expect(acts).toHaveLength(3);
  expect(acts[2]).toEqual({
    operator: 'tester',
    act: 'app.set',
    detail: {
      before: { merchant_no: '822290059430BFA', term_no: 'D9296400', own_streams: true, late_payment: 'hold' },
      after: { merchant_no: null, term_no: null, own_streams: true, late_payment: 'hold' },
    },
  });
});

test("what becomes of an app's late payments is held unless it is told, and the choice is kept with who made it", async () => {
  expect(await answerOf(url, 'app', 'create', 'late')).toMatchObject({ late_payment: 'hold' });
  for (const choice of ['accept', 'refund', 'hold']) {
    expect(await answerOf(url, 'app', 'set', 'late', '--late-payment', choice)).toMatchObject({ late_payment: choice });
  }
  expect((await actsOn('late')).at(1)).toMatchObject({
    detail: { before: { late_payment: 'hold' }, after: { late_payment: 'accept', own_streams: false } },
  });
  expect(await answerOf(url, 'app', 'create', 'later', '--late-payment', 'refund')).toMatchObject({ late_payment: 'refund' });
});

test.each([
  ['a late payment that is neither', ['app', 'set', 'shop', '--late-payment', 'keep']],
  ['a merchant without its terminal', ['app', 'create', 'x', '--merchant-no', '822290059430BFA']],
  ['a name no app can have', ['app', 'create', 'a b']],
  ['a set of nothing', ['app', 'set', 'shop']],
  ['two accounts at once', ['app', 'set', 'shop', '--default-account', '--merchant-no', '1', '--term-no', '2']],
  ['streams neither on nor off', ['app', 'set', 'shop', '--own-streams', 'maybe']],
])('%s is a wrong call: exit code 2, one line, nothing changed', async (_, args) => {
  const { rows: before } = await owner.query('SELECT * FROM apps');
  const { code, out, err } = await run(url, ...args);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/^error: [^\n]+\n$/);
  expect((await owner.query('SELECT * FROM apps')).rows).toEqual(before);
});

test('an app that is not there is refused with the way to make it', async () => {
  const expected = { code: 1, out: '', err: 'error: there is no app nobody; make it with: app create nobody\n' };
  expect(await run(url, 'app', 'set', 'nobody', '--own-streams', 'on')).toEqual(expected);
  expect(await run(url, 'key', 'list', 'nobody')).toEqual(expected);
  expect(await run(url, 'key', 'issue', 'nobody')).toEqual(expected);
});

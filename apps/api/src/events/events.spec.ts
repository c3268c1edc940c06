import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import { ApiUnderTest } from '../../test/api-under-test.js';

let api: ApiUnderTest;
let appId: string;
let key: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  ({ appId, key } = await api.newApp());
});

afterAll(async () => {
  await api.stop();
});

const fields = (ofApp: string, more: object) => ({
  app_id: ofApp,
  merchant_order_id: 'm1',
  old_status: 'processing',
  new_status: 'succeeded',
  amount: '100',
  failure_code: '',
  timestamp: '2024-12-03T10:35:00Z',
  payment_order_id: randomUUID(),
  ...more,
});
const paymentFields = (ofApp: string) =>
  fields(ofApp, { event_type: 'payment_status_changed', order_type: 'payment', gateway_transaction_id: 'T1' });
const refundFields = (ofApp: string) =>
  fields(ofApp, {
    event_type: 'refund_status_changed',
    refund_order_id: randomUUID(),
    merchant_refund_id: '',
    gateway_refund_id: 'R1',
  });

async function writeEvent(kind: 'payment' | 'refund', ofApp: string, entry: [number, number] | null): Promise<void> {
  const id = uuidv7();
  const written = { ...(kind === 'payment' ? paymentFields(ofApp) : refundFields(ofApp)), event_id: id };
  await api.owner.query(
    `INSERT INTO events (id, kind, subject_id, seq, app_id, fields, payment_url, entry_ms, entry_seq)
     VALUES ($1, $2, $3, 1, $4, $5, 'https://cashier.example/secret', $6, $7)`,
    [id, kind, randomUUID(), ofApp, JSON.stringify(written), entry?.[0] ?? null, entry?.[1] ?? null],
  );
  if (entry) await api.owner.query('UPDATE event_log_head SET entry_ms = $1, entry_seq = $2', entry);
}

interface Page {
  data: { entry_id: string; event_type: string }[];
  next_after: string | null;
}

async function page(query = ''): Promise<Page> {
  const { body, status } = await api.get(`/api/v1/events?app_id=${appId}${query}`, { key });
  expect(status).toBe(200);
  return body as Page;
}

it('are none while nothing happened', async () => {
  expect(await page()).toEqual({ data: [], next_after: null });
});

it("come in order, both kinds, only the app's own, only those with an entry id, and without the payer's page", async () => {
  const other = await api.newApp();
  await writeEvent('payment', appId, [1000, 0]);
  await writeEvent('payment', other.appId, [1000, 1]);
  await writeEvent('refund', appId, [1000, 2]);
  await writeEvent('payment', appId, [2000, 0]);
  await writeEvent('payment', appId, null);
  const first = await page('&limit=2');
  expect(first.data.map(({ entry_id, event_type }) => `${entry_id} ${event_type}`)).toEqual([
    '1000-0 payment_status_changed',
    '1000-2 refund_status_changed',
  ]);
  const second = await page(`&limit=2&after=${first.next_after}`);
  expect(second.data.map(({ entry_id }) => entry_id)).toEqual(['2000-0']);
  expect(JSON.stringify([first, second])).not.toContain('cashier.example');
});

it('older than what is kept are gone, and the answer says so', async () => {
  await api.owner.query('UPDATE event_log_head SET dropped_ms = 1500');
  const answer = await api.get(`/api/v1/events?app_id=${appId}&after=1000-0`, { key });
  expect(answer.status).toBe(410);
  expect(answer.body).toMatchObject({ code: 'events_expired' });
});

it.each(['x', '1', '1-', '-1', '1-1-1', '9'.repeat(30) + '-0', '1%00-0'])('after %s, which is no entry id, are a 400', async (after) => {
  expect((await api.get(`/api/v1/events?app_id=${appId}&after=${after}`, { key })).status).toBe(400);
});

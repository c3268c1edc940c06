import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { takeBaseBackup, textOf } from '../stack/base-backup.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { until } from '../stack/until.ts';
import { press } from '../e2e/press.ts';
import { World } from '../e2e/world.ts';

const WAIT_MS = 60_000;
const STREAM = 'payment_results';

let world: World;
let archive: string;
let backup: string;

beforeAll(async () => {
  archive = scratchFolder().subfolder('archive');
  backup = join(scratchFolder().subfolder('backup'), 'data');
  world = await World.start({ postgres: { settings: { archive_mode: 'on', archive_command: `cp %p ${archive}/%f` } } });
  // The server that is killed ends its connections.
  world.books.on('error', () => undefined);
}, 180_000);
afterAll(() => world.stop(), 60_000);

/** Everything about money, as one text. */
const BOOKS = `SELECT json_build_object(
  'orders', (SELECT json_agg(o ORDER BY o.id) FROM (SELECT id, app_id, merchant_order_id, amount, status, gateway_transaction_id FROM payment_orders) o),
  'refunds', (SELECT json_agg(r ORDER BY r.id) FROM (SELECT id, payment_order_id, amount, status FROM refund_orders) r),
  'trades', (SELECT json_agg(t ORDER BY t.trade_no) FROM (SELECT trade_no, payment_order_id, amount, refund_reserved FROM trades) t),
  'proofs', (SELECT json_agg(p ORDER BY p.subject_id, p.status) FROM (SELECT subject_id, status, amount FROM outcomes) p))::text AS books`;

async function booksNow(): Promise<string> {
  return (await world.books.query<{ books: string }>(BOOKS)).rows[0]?.books ?? '';
}

/** As an operator does it by the page on backups: the copy in place of the data, and the log up to the moment. */
async function restoreTo(moment: string): Promise<void> {
  const server = world.stack.postgres;
  if (!server) throw new Error('the stack has no server of its own');
  const data = await withClient((client) => textOf(client, 'SHOW data_directory'));
  const { uid, gid } = statSync(data);
  await server.kill();
  rmSync(data, { recursive: true });
  cpSync(backup, data, { recursive: true });
  chmodSync(data, 0o700);
  const settings = [`restore_command = 'cp ${archive}/%f %p'`, `recovery_target_time = '${moment}'`, `recovery_target_action = 'promote'`];
  writeFileSync(join(data, 'postgresql.auto.conf'), `${settings.join('\n')}\n`);
  writeFileSync(join(data, 'recovery.signal'), '');
  giveTo(data, uid, gid);
  await server.restart();
  await until('the server to take writes', WAIT_MS, () => withClient(async (client) => (await textOf(client, 'SELECT pg_is_in_recovery()::text')) === 'false'));
}

function giveTo(folder: string, uid: number, gid: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) giveTo(join(folder, entry.name), uid, gid);
    else chownSync(join(folder, entry.name), uid, gid);
  }
  chownSync(folder, uid, gid);
}

async function withClient<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: world.stack.databaseUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The statuses that the stream tells of each order, in its order. */
async function told(): Promise<Map<string, string[]>> {
  const redis = new Redis(world.stack.redisUrl);
  try {
    const entries = (await redis.xrange(STREAM, '-', '+')).map(([, flat]) => Object.fromEntries(pairs(flat)) as Record<string, string>);
    const byOrder = Map.groupBy(entries, (entry) => entry['payment_order_id'] ?? '');
    return new Map([...byOrder].map(([id, list]) => [id, list.map((entry) => entry['new_status'] ?? '')]));
  } finally {
    redis.disconnect();
  }
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((name, place) => (place % 2 === 0 ? [[name, flat[place + 1] ?? '']] : []));
}

test('a loaded service is restored to a moment: its books are those of then, and what was paid since is found again', async () => {
  // A backup that is taken while orders come in, and the log of what came after it.
  const early = await Promise.all([1, 2, 3].map(() => world.paidOrder(1_000)));
  mkdirSync(join(backup, '..'), { recursive: true });
  const [, ...during] = await Promise.all([withClient((client) => takeBaseBackup(client, backup)), ...[1, 2, 3, 4, 5].map(() => world.paidOrder(2_000))]);
  const late = await Promise.all([1, 2, 3].map(() => world.paidOrder(3_000)));
  const open = await world.openOrder({ amount: 4_000 });
  const booksThen = await booksNow();
  const moment = await withClient((client) => textOf(client, 'SELECT clock_timestamp()::text'));

  // After the moment: a payment of an order that the backup knows, and one of an order that it does not.
  await press(open.page, 'pay');
  await world.ended(open, 'succeeded');
  const lost = await world.paidOrder(5_000);
  expect(await booksNow()).not.toBe(booksThen);
  await withClient((client) => client.query('SELECT pg_switch_wal()'));
  await until('the log to be archived', WAIT_MS, () =>
    withClient(async (client) => (await textOf(client, 'SELECT (last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 16777216))::text FROM pg_stat_archiver')) === 'true'),
  );

  const services = [...world.stack.apis, ...world.stack.processors].map(({ service }) => service);
  await Promise.all(services.map((service) => service.stop()));
  await restoreTo(moment);
  expect(await booksNow()).toBe(booksThen);

  await Promise.all(services.map((service) => service.start()));
  // Nobody tells of it again: Lakala was acknowledged. It is asked.
  await world.ended(open, 'succeeded');
  const next = await world.paidOrder(6_000);
  const kept = [...early, ...during, ...late, open, next];
  await until('the streams to be complete', WAIT_MS, async () => {
    const stream = await told();
    return kept.every(({ id }) => stream.get(id)?.at(-1) === 'succeeded');
  });
  const stream = await told();
  for (const { id } of [...early, ...during, ...late, next]) expect(stream.get(id)).toEqual(['processing', 'succeeded']);

  // What came after the moment and is of no order: money that only Lakala knows of, and reconciling will name.
  const paidAtLakala = (await world.lakala.ledger()).flatMap(({ paid_trades: trades }) => trades).reduce((sum, { amount }) => sum + amount, 0);
  const { rows } = await world.books.query<{ fen: string }>("SELECT sum(amount) AS fen FROM payment_orders WHERE status = 'succeeded'");
  expect(paidAtLakala - Number(rows[0]?.fen)).toBe(lost.amount);
}, 240_000);

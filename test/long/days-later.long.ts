import { Redis } from 'ioredis';
import { until } from '../stack/until.ts';
import { readStream } from '../e2e/guide-consumer.ts';
import { expectSoundBooks } from '../e2e/sound-books.ts';
import { TimeMachine } from '../e2e/time-machine.ts';
import type { World } from '../e2e/world.ts';

const DAY = 86_400;
let machine: TimeMachine;
let world: World;

beforeAll(async () => {
  machine = await TimeMachine.start();
  world = machine.world;
}, 120_000);
afterAll(() => world.stop(), 60_000);

/** The keeper of partitions and the trimmer turn every few minutes, and at a start. */
async function startProcessorAgain(): Promise<void> {
  await world.stack.processors[0]?.service.restart();
}

const onStream = async (id: string): Promise<number> =>
  (await readStream(world.stack.redisUrl, 'payment_results')).filter((entry) => entry.payment_order_id === id).length;
const inRest = (id: string) => world.count('events_rest WHERE subject_id = $1', [id]);
const partitions = () => world.count("pg_inherits WHERE inhparent = 'events'::regclass");

async function everyEvent(): Promise<string[]> {
  const ids: string[] = [];
  for (let after = ''; ; ) {
    const { status, body } = await world.app.eventsAfter(after, 3);
    expect(status).toBe(200);
    if (body.data.length === 0) return ids;
    ids.push(...body.data.map(({ payment_order_id: id }) => id ?? ''));
    after = body.next_after ?? '';
  }
}

test('a month passes, a week of it with nobody who keeps partitions: nothing is lost, and what is old goes in its time', async () => {
  const redis = new Redis(world.stack.redisUrl);
  // Entries go by whole nodes: let each be one.
  await redis.config('SET', 'stream-node-max-entries', '1');
  redis.disconnect();
  const first = await world.paidOrder();
  const [firstEvent] = (await world.app.eventsAfter('', 10)).body.data;
  expect(await inRest(first.id)).toBe(0);

  // Past the partitions that were made ahead: the default one takes the rows.
  await machine.pass(8 * DAY);
  const second = await world.paidOrder();
  expect(await inRest(second.id)).toBe(2);
  await until('its events to be on the stream', 10_000, async () => (await onStream(second.id)) === 2);

  await startProcessorAgain();
  await until('the old entries to leave the stream', 20_000, async () => (await onStream(first.id)) === 0);
  expect(await onStream(second.id)).toBe(2);
  expect(await everyEvent()).toEqual([first.id, first.id, second.id, second.id]);
  // This day has rows already, so it stays without a partition of its own; the next has one.
  const third = await world.paidOrder();
  expect(await inRest(third.id)).toBe(2);
  await machine.pass(DAY);
  const fourth = await world.paidOrder();
  expect(await inRest(fourth.id)).toBe(0);

  await machine.pass(23 * DAY);
  const before = await partitions();
  await startProcessorAgain();
  const expired = async () => (await world.app.eventsAfter(firstEvent?.entry_id ?? '', 10)).status === 410;
  await until('the first day to be dropped', 20_000, expired);
  expect(await partitions()).toBeGreaterThan(before);
  expect((await world.app.eventsAfter(firstEvent?.entry_id ?? '', 10)).body.code).toBe('events_expired');
  expect(await everyEvent()).toEqual([second, second, third, third, fourth, fourth].map(({ id }) => id));

  // By now the rows without a partition are the oldest; whoever begins at the beginning still comes to the end.
  await machine.pass(9 * DAY);
  await startProcessorAgain();
  const fifth = await world.paidOrder();
  await until('the fourth day to be dropped', 20_000, async () => (await world.count('events WHERE subject_id = $1', [fourth.id])) === 0);
  expect(await everyEvent()).toEqual([fifth.id, fifth.id]);

  for (const order of [first, second, third, fourth]) {
    expect(await world.app.payment(order.merchant_order_id)).toEqual(order);
    expect(await world.count('outcomes WHERE subject_id = $1', [order.id])).toBe(1);
    expect(await world.count('trades WHERE payment_order_id = $1', [order.id])).toBe(1);
  }
  await expectSoundBooks(world, fifth);
}, 300_000);

import {
  commitEvents,
  entriesOf,
  halfRead,
  join,
  moveClock,
  openStreamWorld,
  readNew,
  type StreamWorld,
} from '../../../../test/fixtures/relay-world.ts';
import { numberEvents } from '#domain/streams/event-numbering.js';
import { EventRelay } from './event-relay.js';

const STREAM = 'payment_results';
let world: StreamWorld;

beforeAll(async () => {
  world = await openStreamWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.app.flushall();
  await world.owner.query('TRUNCATE events, stream_tops, stream_groups, apps CASCADE');
  await world.owner.query('UPDATE event_log_head SET entry_ms = 0, entry_seq = 0');
  await moveClock(world, '0');
  world.log.events.length = 0;
});

function relay(): EventRelay {
  const { dataSource, redis, log, metrics } = world;
  return new EventRelay({ dataSource, redis, log, metrics, lookEveryMs: 0 });
}

describe('where somebody else wrote to a stream', () => {
  it('what was not on it yet is numbered again above, in the same order, and an alarm is raised', async () => {
    const subjectId = await commitEvents(world, { count: 2 });
    await relay().runOnce();
    await commitEvents(world, { subjectId, from: 3, count: 2 });
    await world.dataSource.transaction(numberEvents);
    const stranger = (await world.app.xadd(STREAM, `${Date.now() + 60_000}-5`, 'new_status', 'succeeded')) ?? '';

    await relay().runOnce();

    const entries = await entriesOf(world, STREAM);
    expect(entries.map(({ fields }) => fields.seq)).toEqual(['1', '2', undefined, '3', '4']);
    expect(world.log.of('stream_stranger_found')).toMatchObject([{ stream: STREAM, entry_id: stranger, count: 2 }]);
    expect((await world.metrics.exposition()).text).toContain('loomi_stream_strangers_total{stream="payment_results"} 1');
    const rows = await world.owner.query<object[]>(`SELECT entry_ms || '-' || entry_seq AS id FROM events ORDER BY entry_ms, entry_seq`);
    expect(rows).toEqual(entries.filter(({ id }) => id !== stranger).map(({ id }) => ({ id })));
    await commitEvents(world, { subjectId, from: 5 });
    await relay().runOnce();
    expect((await entriesOf(world, STREAM)).at(-1)?.fields.seq).toBe('5');
  });

  it('after a wipe, before the relay came, nothing is missing all the same', async () => {
    await halfRead(world, () => relay().runOnce());
    await world.app.flushall();
    await world.app.xadd(STREAM, '*', 'a', 'b');

    await relay().runOnce();

    const seqs = (await entriesOf(world, STREAM)).map(({ fields }) => fields.seq);
    expect(seqs).toEqual([undefined, '1', '2', '3', '4', '5', '6', '7', '8']);
    const unread = await readNew(world, STREAM, 'shop', 'shop_consumer', 20);
    expect(unread.length).toBeGreaterThanOrEqual(6);
  });

  it('an id in the far future stops this stream alone, until it is deleted', async () => {
    await commitEvents(world);
    await relay().runOnce();
    await world.app.xadd(STREAM, '18446744073709551615-1', 'a', 'b');
    await commitEvents(world);
    await commitEvents(world, { kind: 'refund' });
    await relay().runOnce();
    expect(await entriesOf(world, 'refund_results')).toHaveLength(1);
    await world.app.del(STREAM);
    await relay().runOnce();
    expect((await entriesOf(world, STREAM)).map(({ fields }) => fields.seq)).toEqual(['1', '1']);
  });
});

it('two apps that share a consumer group are named, once', async () => {
  await world.owner.query(`INSERT INTO apps (app_id) VALUES ('shop'), ('cafe')`);
  await join(world, STREAM, 'main_app');
  const watching = relay();
  await commitEvents(world, { count: 2 });
  await relay().runOnce();
  for (const consumer of ['shop_consumer', 'cafe_consumer', 'nobody_consumer']) await readNew(world, STREAM, 'main_app', consumer, 1);

  await watching.runOnce();
  await watching.runOnce();

  expect(world.log.of('consumer_group_shared')).toEqual([{ stream: STREAM, consumer_group: 'main_app', names: ['cafe', 'shop'] }]);
  expect((await world.metrics.exposition()).text).toContain(
    'loomi_shared_groups{stream="payment_results",consumer_group="main_app",apps="cafe,shop"} 1',
  );
});

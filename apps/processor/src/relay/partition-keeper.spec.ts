import { v7 as uuidv7 } from 'uuid';
import { numberEvents } from '#domain/streams/event-numbering.js';
import { readEvents } from '#domain/streams/event-page.js';
import { commitEvents, entriesOf, moveClock, openStreamWorld, type StreamWorld } from '../../../../test/fixtures/relay-world.ts';
import { EventRelay } from './event-relay.js';
import { PartitionKeeper } from './partition-keeper.js';

const DAY_MS = 86_400_000;
let world: StreamWorld;

beforeEach(async () => {
  world = await openStreamWorld();
});
afterEach(() => world.close());

function keeper(): PartitionKeeper {
  return new PartitionKeeper(world);
}

async function partitions(parent: string): Promise<string[]> {
  const rows = await world.owner.query<{ name: string }[]>(
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass AND inhrelid::regclass::text ~ '[0-9]{8}$'
     ORDER BY 1`,
    [parent],
  );
  return rows.map(({ name }) => name);
}

function dayName(parent: string, daysAhead: number): string {
  return `${parent}_${new Date(Date.now() + daysAhead * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')}`;
}

describe('PartitionKeeper', () => {
  it('has a partition ready for each of the coming seven days, and makes none twice', async () => {
    await Promise.all([keeper().runOnce(), keeper().runOnce()]);
    for (const parent of ['events', 'notifications']) {
      const expected = Array.from({ length: 8 }, (_, ahead) => dayName(parent, ahead));
      expect(await partitions(parent)).toEqual(expect.arrayContaining(expected));
    }
    expect(await keeper().runOnce()).toBe(0);
  });

  it('drops events after thirty days, and then tells who asks for them', async () => {
    await keeper().runOnce();
    await commitEvents(world, { count: 2 });
    await relay().runOnce();
    const [first, last] = await entriesOf(world, 'payment_results');
    await moveClock(world, '32 days');

    await keeper().runOnce();

    expect(await partitions('events')).not.toContain(dayName('events', 0));
    const ask = (id = ''): ReturnType<typeof readEvents> => {
      const [ms, seq] = id.split('-').map(Number);
      return readEvents(world.owner.manager, { appId: 'shop', after: { ms: ms ?? 0, seq: seq ?? 0 }, limit: 10 });
    };
    expect(await ask(first?.id)).toBe('expired');
    expect(await ask(last?.id)).toEqual({ data: [], nextAfter: last?.id });
  });

  it('keeps a partition with an event that is not on its stream', async () => {
    await keeper().runOnce();
    await relay().runOnce();
    await commitEvents(world);
    await world.dataSource.transaction(numberEvents);
    await moveClock(world, '32 days');

    await keeper().runOnce();
    expect(await partitions('events')).toContain(dayName('events', 0));
    await relay().runOnce();
    await keeper().runOnce();
    expect(await partitions('events')).not.toContain(dayName('events', 0));
  });

  it('goes on where the default partition already holds a day\'s rows', async () => {
    const today = dayName('events', 0);
    await world.owner.query(`DROP TABLE IF EXISTS ${today}`);
    await commitEvents(world);

    await keeper().runOnce();

    expect(await partitions('events')).not.toContain(today);
    expect(await partitions('events')).toContain(dayName('events', 7));
    expect(world.log.of('partition_left')).toMatchObject([{ partition: 'events' }]);
  });

  it('keeps notifications nobody has applied yet', async () => {
    await keeper().runOnce();
    const insert = `INSERT INTO notifications (id, out_order_no, raw, signed_text_prefix, signature, certificate, applied_at)
      VALUES ($1, 'o', '', '', '', '', $2)`;
    await world.owner.query(insert, [uuidv7(), null]);
    await moveClock(world, '92 days');
    await keeper().runOnce();
    expect(await partitions('notifications')).toContain(dayName('notifications', 0));
    await world.owner.query('UPDATE notifications SET applied_at = loomi_now()');
    await keeper().runOnce();
    expect(await partitions('notifications')).not.toContain(dayName('notifications', 0));
  });
});

function relay(): EventRelay {
  const { dataSource, redis, log, metrics } = world;
  return new EventRelay({ dataSource, redis, log, metrics });
}

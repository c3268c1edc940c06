import { commitEvents, moveClock, openStreamWorld, type StreamWorld } from '../../../../test/fixtures/relay-world.ts';
import { parseEntryId, type EntryId } from './entry-id.js';
import { numberAgain, numberEvents, NUMBERING_BATCH } from './event-numbering.js';
import { readEvents, type EventPage } from './event-page.js';

let world: StreamWorld;

beforeAll(async () => {
  world = await openStreamWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.owner.query('TRUNCATE events');
  await world.owner.query('UPDATE event_log_head SET entry_ms = 0, entry_seq = 0, dropped_ms = 0, dropped_seq = 0');
  await moveClock(world, '0');
});

async function number(): Promise<number | null> {
  return (await numberEvents(world.dataSource.manager))?.count ?? null;
}

async function page(after: EntryId | null, limit = 100, appId = 'shop'): Promise<EventPage> {
  const answer = await readEvents(world.owner.manager, { appId, after, limit });
  if (answer === 'expired') throw new Error('expired');
  return answer;
}

function placeOf({ nextAfter }: EventPage): EntryId | null {
  return nextAfter === null ? null : parseEntryId(nextAfter);
}

describe('readEvents', () => {
  it('pages through an app\'s own events in order, each with its entry id and the fields of the shared stream', async () => {
    await commitEvents(world, { count: 5 });
    await commitEvents(world, { appId: 'other', count: 3 });
    await number();
    const seen: string[] = [];
    let place: EntryId | null = null;
    for (let turn = 0; turn < 3; turn += 1) {
      const next: EventPage = await page(place, 2);
      seen.push(...next.data.map(({ seq, app_id }) => `${app_id} ${seq}`));
      place = placeOf(next);
    }
    expect(seen).toEqual(['shop 1', 'shop 2', 'shop 3', 'shop 4', 'shop 5']);
    const [first] = (await page(null)).data;
    expect(Object.keys(first ?? {}).sort()).toEqual(
      ['app_id', 'entry_id', 'event_id', 'event_type', 'gateway_transaction_id', 'payment_order_id', 'seq', 'timestamp'],
    );
  });

  it('shows no event before it is numbered, and then after all that were', async () => {
    await commitEvents(world);
    await number();
    const first = await page(null);
    await commitEvents(world);
    expect((await page(placeOf(first))).data).toEqual([]);
    await number();
    expect((await page(placeOf(first))).data).toHaveLength(1);
  });

  it('misses nothing while events are committed and numbered at the same time', async () => {
    let place: EntryId | null = null;
    const seen = new Set<string>();
    let writing = true;
    const writers = Array.from({ length: 4 }, () => commitEvents(world, { count: 60 }));
    void Promise.all(writers).then(() => (writing = false));
    const numberers = Array.from({ length: 2 }, async () => {
      while (writing) await number();
    });
    const read = async (): Promise<void> => {
      const next = await page(place, 7);
      for (const { event_id: id = '' } of next.data) seen.add(id);
      place = placeOf(next);
    };
    while (writing) await read();
    await Promise.all([...writers, ...numberers]);
    await number();
    for (let turn = 0; turn < 40; turn += 1) await read();
    expect(seen.size).toBe(240);
  });

  it('the place of an app without news moves on with the log, so that it does not expire', async () => {
    await commitEvents(world, { appId: 'other', count: 2 });
    await number();
    const quiet = await page(null);
    expect(quiet.data).toEqual([]);
    expect(quiet.nextAfter).toBe((await page(null, 100, 'other')).data.at(-1)?.entry_id);
    expect((await page(null, 1, 'nobody')).nextAfter).toBe(quiet.nextAfter);
  });

  it('says so when events after the place are kept no more', async () => {
    await world.owner.query(`UPDATE event_log_head SET entry_ms = 2000, dropped_ms = 1000, dropped_seq = 5`);
    const ask = (ms: number, seq: number): ReturnType<typeof readEvents> =>
      readEvents(world.owner.manager, { appId: 'shop', after: { ms, seq }, limit: 10 });
    expect(await ask(999, 9)).toBe('expired');
    expect(await ask(1000, 4)).toBe('expired');
    expect(await ask(1000, 5)).toEqual({ data: [], nextAfter: '2000-0' });
    expect(await readEvents(world.owner.manager, { appId: 'shop', after: null, limit: 10 })).not.toBe('expired');
  });

  it('begins after what is kept no more, though some of it is still there, so that the next page is not expired', async () => {
    await commitEvents(world, { count: 3 });
    await number();
    const [first, second, third] = (await page(null)).data.map(({ entry_id: id }) => parseEntryId(id));
    await world.owner.query('UPDATE event_log_head SET dropped_ms = $1, dropped_seq = $2', [second?.ms, second?.seq]);
    const oldest = await page(null, 1);
    expect(oldest.data.map(({ entry_id: id }) => parseEntryId(id))).toEqual([third]);
    expect((await page(placeOf(oldest))).data).toEqual([]);
    expect(first).toBeDefined();
  });
});

describe('numberEvents', () => {
  it('gives rising numbers though the clock goes back, and a bounded number of them at once', async () => {
    await commitEvents(world, { count: 2 });
    await number();
    await moveClock(world, '-1 day');
    await commitEvents(world, { count: NUMBERING_BATCH + 1 });
    expect(await number()).toBe(NUMBERING_BATCH);
    expect(await number()).toBe(1);
    const { data } = await page(null, 1000);
    expect(data.map(({ event_id: id }) => id)).toEqual([...data].sort(byPosition).map(({ event_id: id }) => id));
    expect(data).toHaveLength(NUMBERING_BATCH + 3);
  });

  it('tells what the log has after a number, whoever numbered it, in order and with all that a stream shows', async () => {
    await commitEvents(world);
    const since = (await numberEvents(world.dataSource.manager))?.head ?? null;
    await commitEvents(world, { kind: 'refund' });
    await commitEvents(world, { appId: 'other' });
    await number();
    const subjectId = await commitEvents(world);
    const told = await numberEvents(world.dataSource.manager, since);
    expect(told).toMatchObject({ count: 1, nobodyLooks: true });
    expect(told?.events?.map(({ kind, appId }) => `${kind} ${appId}`)).toEqual(['refund shop', 'payment other', 'payment shop']);
    expect(told?.events?.[2]).toMatchObject({
      id: told?.head, fields: { payment_order_id: subjectId, gateway_transaction_id: '' }, paymentUrl: `https://pay.example/${subjectId}`,
    });
    expect(await numberEvents(world.dataSource.manager, told?.head)).toMatchObject({ count: 0, head: told?.head, events: [] });
  });

  it.each([
    ['was not asked', null],
    ['would be too much', { ms: 1, seq: 0 }],
    ['cannot be told after what is still to come', { ms: Date.now() + 60_000, seq: 0 }],
  ])('tells nothing of the log where it %s', async (_, since) => {
    await commitEvents(world, { count: NUMBERING_BATCH });
    await number();
    expect(await numberEvents(world.dataSource.manager, since)).toMatchObject({ count: 0, events: null });
  });

  it('tells whether a relay looks at the streams, and holds up none that wants to', async () => {
    await world.dataSource.transaction(async (em) => {
      expect(await numberEvents(em)).toMatchObject({ nobodyLooks: true });
      const [lock] = await world.owner.query<{ mine: boolean }[]>(`SELECT pg_try_advisory_xact_lock(hashtext('loomi event relay')) AS mine`);
      expect(lock?.mine).toBe(true);
    });
    await world.owner.transaction(async (em) => {
      await em.query(`SELECT pg_advisory_xact_lock(hashtext('loomi event relay'))`);
      expect(await numberEvents(world.dataSource.manager)).toMatchObject({ nobodyLooks: false });
    });
  });

  it('leaves it to another process that is at it', async () => {
    await commitEvents(world);
    await world.dataSource.transaction(async (em) => {
      await numberEvents(em);
      expect(await number()).toBeNull();
    });
  });

  it('raises all that waits, though only some of it stands below the stranger, so that its order is kept', async () => {
    await commitEvents(world);
    await number();
    await moveClock(world, '1 hour');
    await commitEvents(world);
    await number();
    const before = await page(null);
    const stranger = { ms: Date.now() + 1_800_000, seq: 0 };
    const raised = await world.dataSource.transaction((em) =>
      numberAgain(em, { kind: 'payment', appId: null, after: { ms: 0, seq: 0 } }, stranger),
    );
    expect(raised).toBe(2);
    const { data } = await page(stranger);
    expect(data.map(({ event_id: id }) => id)).toEqual(before.data.map(({ event_id: id }) => id));
  });

  it('raises nothing that stands above the stranger already, and gives later ones higher numbers', async () => {
    await commitEvents(world, { count: 2 });
    await number();
    const before = await page(null);
    const stranger = parseEntryId(before.nextAfter ?? '') ?? { ms: 0, seq: 0 };
    const raised = await world.dataSource.transaction((em) =>
      numberAgain(em, { kind: 'payment', appId: null, after: stranger }, { ms: stranger.ms + 60_000, seq: 7 }),
    );
    expect(raised).toBe(0);
    await commitEvents(world);
    await number();
    const [later] = (await page(stranger)).data;
    expect(later?.entry_id).toBe(`${stranger.ms + 60_000}-8`);
  });
});

function byPosition(a: Record<string, string>, b: Record<string, string>): number {
  return (a.payment_order_id ?? '').localeCompare(b.payment_order_id ?? '') || Number(a.seq) - Number(b.seq);
}

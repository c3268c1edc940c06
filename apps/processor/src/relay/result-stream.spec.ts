import { entriesOf, groupOf, openStreamWorld, pendingOf, readNew, type StreamWorld } from '../../../../test/fixtures/relay-world.ts';
import { BEFORE_ALL } from '#domain/streams/entry-id.js';
import { ResultStream, StreamTrouble } from './result-stream.js';

let world: StreamWorld;
let stream: ResultStream;

beforeAll(async () => {
  world = await openStreamWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.app.flushall();
  stream = new ResultStream(world.redis, 'payment_results');
});

const FIRST = { ms: 1000, seq: 0 };

describe('ResultStream', () => {
  it('appends only after the expected top, and otherwise says what the top is', async () => {
    const one = await stream.append(BEFORE_ALL, [['1000-0', ['a', '商品 "1"']]], false);
    expect(one).toMatchObject({ asExpected: true, top: '1000-0' });
    const stale = await stream.append(BEFORE_ALL, [['2000-0', ['a', 'b']]], false);
    expect(stale).toMatchObject({ asExpected: false, top: '1000-0' });
    expect(await entriesOf(world, 'payment_results')).toEqual([{ id: '1000-0', fields: { a: '商品 "1"' } }]);
  });

  it('does not set back a group that has moved on, as a relay that wakes from a pause would', async () => {
    await stream.append(BEFORE_ALL, [['1000-0', ['a', 'b']], ['2000-0', ['a', 'b']]], false);
    expect(await stream.putGroupBack('shop', '1000-0')).toBe(true);
    await readNew(world, 'payment_results', 'shop', 'shop_consumer', 1);
    expect(await stream.putGroupBack('shop', '1000-0')).toBe(false);
    expect(await stream.putGroupBack('shop', '999-9999999999')).toBe(false);
    expect(await groupOf(world, 'payment_results', 'shop')).toMatchObject({ 'last-delivered-id': '2000-0' });
    expect(await pendingOf(world, 'payment_results', 'shop')).toEqual(['2000-0 shop_consumer']);
  });

  it('shows what is pending only on the expected top and server', async () => {
    await stream.append(BEFORE_ALL, [['1000-0', ['a', 'b']]], false);
    await stream.putGroupBack('shop', '0-0');
    await readNew(world, 'payment_results', 'shop', 'shop_consumer', 1);
    const { server } = await stream.append(FIRST, [], true);
    const expected = { top: FIRST, server: server ?? '' };
    expect(await stream.pendingPage(expected, 'shop', null, 10)).toEqual({
      lastDelivered: '1000-0',
      entries: [{ id: '1000-0', consumer: 'shop_consumer' }],
    });
    expect(await stream.pendingPage(expected, 'shop', '1000-0', 10)).toMatchObject({ entries: [] });
    expect(await stream.pendingPage({ ...expected, server: 'another' }, 'shop', null, 10)).toBeNull();
    expect(await stream.pendingPage({ ...expected, top: BEFORE_ALL }, 'shop', null, 10)).toBeNull();
    expect(await stream.pendingPage(expected, 'nobody', null, 10)).toBeNull();
  });

  it('tells trouble with this stream from a Redis that cannot be reached', async () => {
    await world.app.set('payment_results', 'no stream');
    const trouble = await stream.append(BEFORE_ALL, [], false).catch((error: unknown) => error);
    expect(trouble).toBeInstanceOf(StreamTrouble);
    expect(trouble).toMatchObject({ unreachable: false });
  });
});

import { Cluster } from 'ioredis';
import { RedisCluster, tell } from '../../../../test/stack/redis-cluster.ts';
import { startRedis, type RedisServer } from '../../../../test/stack/redis.ts';
import { scratchFolder } from '../../../../test/stack/scratch.ts';
import { until } from '../../../../test/stack/until.ts';
import { createLog } from '../logging/log.js';
import { createRedis } from './redis.js';

interface Line {
  event: string;
  name?: string;
  error?: { message?: string };
}

// One on each of the two masters.
const HERE = 'payment_results';
const THERE = 'refund_results';

describe('createRedis with a Cluster', () => {
  let servers: RedisCluster;
  let here: RedisServer;
  let lines: Line[];
  const open: Cluster[] = [];
  beforeAll(async () => {
    servers = await RedisCluster.start(2);
    here = await servers.masterOf(HERE);
  }, 60_000);
  beforeEach(() => {
    lines = [];
  });
  afterEach(() => {
    for (const cluster of open.splice(0)) cluster.disconnect();
  });
  afterAll(() => servers.stop());

  function client(url: string, role: 'commands' | 'blocking'): Cluster {
    const write = (line: string): void => void lines.push(JSON.parse(line) as Line);
    const cluster = createRedis(url, { name: 'loomi-test', role, log: createLog({ service: 'test', level: 'info', destination: { write } }) });
    if (!(cluster instanceof Cluster)) throw new Error('this is no client of a Cluster');
    open.push(cluster);
    return cluster;
  }

  async function connect(role: 'commands' | 'blocking' = 'commands'): Promise<Cluster> {
    const cluster = client(servers.url, role);
    await until('the Cluster', 10_000, () => cluster.status === 'ready');
    return cluster;
  }

  /** The client's connection to the master of {@link HERE}. */
  function connectionHere(cluster: Cluster): ReturnType<Cluster['nodes']>[number] {
    const found = cluster.nodes('master').find(({ options }) => options.port === here.port);
    if (!found) throw new Error('the client knows no such master');
    return found;
  }

  test('a command goes where its key is, by a connection that bears the name', async () => {
    expect(await servers.masterOf(THERE)).not.toBe(here);
    const cluster = await connect();
    const id = await cluster.xadd(HERE, '*', 'a', 'b');
    await cluster.xadd(THERE, '*', 'a', 'b');
    await cluster.xgroup('CREATE', HERE, 'group', '0');
    expect(await cluster.pipeline().xack(HERE, 'group', id ?? '').xdel(HERE, id ?? '').exec()).toEqual([[null, 0], [null, 1]]);
    expect(await tell(here, ['CLIENT', 'LIST'])).toContain('name=loomi-test');
  });

  test('a slot that moved is followed', async () => {
    const cluster = await connect();
    const [from, to] = [here, await servers.masterOf(THERE)];
    const slot = String(await tell(from, ['CLUSTER', 'KEYSLOT', 'moved']));
    const [before, after] = (await servers.masterOf('moved')) === from ? [from, to] : [to, from];
    const id = String(await tell(after, ['CLUSTER', 'MYID']));
    for (const server of [after, before]) await tell(server, ['CLUSTER', 'SETSLOT', slot, 'NODE', id]);
    await cluster.xadd('moved', '*', 'a', 'b');
    expect(await tell(after, ['XLEN', 'moved'])).toBe(1);
  });

  test('a silent master holds a command up for two seconds, no longer', async () => {
    const cluster = await connect();
    await cluster.xlen(HERE);
    here.service.pause();
    try {
      await expect(cluster.xlen(HERE)).rejects.toThrow('timed out');
    } finally {
      here.service.resume();
    }
  }, 10_000);

  test('a command that was under way when the connection was lost rejects and is never sent again', async () => {
    const cluster = await connect();
    await cluster.xlen('tasks');
    const before = await cluster.xlen(HERE);
    here.service.pause();
    const added = cluster.xadd(HERE, '*', 'id', '1').then(() => 'added', ({ message }: Error) => message);
    connectionHere(cluster).stream.destroy();
    // Before it is waited for: a command sent again would be answered now.
    here.service.resume();
    expect(await added).toContain('Connection is closed');
    await until('the master to answer', 5000, () => cluster.xlen(HERE).then(() => true, () => false));
    // The server may have read it before the connection went: once is possible, twice is not.
    expect((await cluster.xlen(HERE)) - before).toBeLessThanOrEqual(1);
  }, 15_000);

  test('what is asked of a dead master rejects, and works again without a restart; that is two lines in the log', async () => {
    const cluster = await connect();
    await cluster.xlen(HERE);
    await here.kill('SIGKILL');
    const began = performance.now();
    for (let turn = 0; turn < 10; turn += 1) await expect(cluster.xlen(HERE)).rejects.toThrow();
    expect(performance.now() - began).toBeLessThan(10 * 700);
    await here.restart();
    await until('the slot to be served again', 10_000, () => cluster.xlen(HERE).then(() => true, () => false));
    const told = lines.filter(({ name }) => name?.endsWith(`:${here.port}`)).map(({ event }) => event);
    expect(told).toEqual(['redis_unreachable', 'redis_connected']);
  }, 30_000);

  test('a blocking read rejects when its connection is lost, and works again', async () => {
    const reader = await connect('blocking');
    const read = (): Promise<unknown> => reader.xread('BLOCK', 2100, 'STREAMS', HERE, '$');
    expect(await read()).toBeNull();
    const lost = expect(read()).rejects.toThrow('Connection is closed');
    connectionHere(reader).stream.destroy();
    await lost;
    expect(await reader.xread('BLOCK', 1, 'STREAMS', HERE, '$')).toBeNull();
  }, 15_000);

  test('nothing waits for a Cluster that is not there, and a server that is none is named in the log', async () => {
    const alone = await startRedis({ dir: scratchFolder().subfolder('redis') });
    try {
      const cluster = client(alone.url.replace('redis:', 'redis+cluster:'), 'blocking');
      await expect(cluster.xread('BLOCK', 1000, 'STREAMS', HERE, '$')).rejects.toThrow("Cluster isn't ready");
      await until('the log to say so', 5000, () => lines.some(({ error }) => error?.message?.includes('cluster support disabled') === true));
    } finally {
      await alone.stop();
    }
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../../test/stack/free-port.ts';
import { until } from '../../../../test/stack/until.ts';
import { ApiUnderTest } from '../../test/api-under-test.js';

interface Health {
  status: string;
}

interface Refused {
  code: string;
}

const started: ApiUnderTest[] = [];

async function apiWith(env: Record<string, string>, more: { redisUrl?: string; database?: ApiUnderTest['database'] } = {}): Promise<ApiUnderTest> {
  const api = await ApiUnderTest.start({ env, ...more });
  started.push(api);
  // Without Redis nobody is counted, and its connection is not waited for at the start.
  if (!more.redisUrl) await until('the API to reach Redis', 10_000, async () => ((await api.get('/health')).body as Health).status === 'ok');
  return api;
}

afterEach(async () => {
  for (const api of started.splice(0).reverse()) await api.stop();
});

const listOf = (appId: string) => `/api/v1/payment-orders?app_id=${appId}`;

/** What `count` requests that come together are answered. */
async function together(api: ApiUnderTest, count: number, path: string, key?: string): Promise<{ status: number; headers: Record<string, string> }[]> {
  return Promise.all(Array.from({ length: count }, () => api.get(path, { key }) as Promise<{ status: number; headers: Record<string, string> }>));
}

const countOf = (answers: readonly { status: number }[], status: number) => answers.filter((answer) => answer.status === status).length;

describe('requests with one key', () => {
  it('are served up to the limit in a second, and told when to come again beyond it', async () => {
    const api = await apiWith({ RATE_LIMIT_KEY_PER_SECOND: '5' });
    const { appId, key } = await api.newApp();
    const answers = await together(api, 20, listOf(appId), key);
    // A second may end between them.
    expect(countOf(answers, 200)).toBeGreaterThanOrEqual(5);
    expect(countOf(answers, 200)).toBeLessThanOrEqual(10);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers).toMatchObject({ 'retry-after': '1', 'ratelimit-policy': '"key";q=5;w=1', ratelimit: '"key";r=0;t=1' });
  });

  it('do not count for another key', async () => {
    const api = await apiWith({ RATE_LIMIT_KEY_PER_SECOND: '2' });
    const [loud, calm] = [await api.newApp(), await api.newApp()];
    expect(countOf(await together(api, 20, listOf(loud.appId), loud.key), 429)).toBeGreaterThan(0);
    const { status, headers } = await api.get(listOf(calm.appId), { key: calm.key });
    expect([status, headers['ratelimit']]).toEqual([200, '"key";r=1;t=1']);
  });

  it('are counted by all replicas together', async () => {
    const limit = { RATE_LIMIT_KEY_PER_SECOND: '40' };
    const first = await apiWith(limit);
    const second = await apiWith(limit, { database: first.database });
    const { appId, key } = await first.newApp();
    const beganMs = performance.now();
    const answers = (await Promise.all([first, second].map((api) => together(api, 60, listOf(appId), key)))).flat();
    // The first begins with the first request, and each next one a second later at the soonest.
    const windows = Math.floor((performance.now() - beganMs) / 1_000) + 1;
    expect(countOf(answers, 200)).toBeLessThanOrEqual(40 * windows);
    expect(countOf(answers, 200) + countOf(answers, 429)).toBe(120);
  });

  it('are served again when the second is over', async () => {
    const api = await apiWith({ RATE_LIMIT_KEY_PER_SECOND: '1' });
    const { appId, key } = await api.newApp();
    const answers = await together(api, 5, listOf(appId), key);
    expect(countOf(answers, 429)).toBeGreaterThan(0);
    await delay(1_100);
    expect((await api.get(listOf(appId), { key })).status).toBe(200);
  });

  it('are let in while Redis is away, and the log says so once', async () => {
    const api = await apiWith({ RATE_LIMIT_KEY_PER_SECOND: '1' }, { redisUrl: `redis://127.0.0.1:${await freePort()}` });
    const { appId, key } = await api.newApp();
    expect(countOf(await together(api, 20, listOf(appId), key), 200)).toBe(20);
    // It is asked again after a second, and is still away.
    await delay(1_100);
    expect(countOf(await together(api, 20, listOf(appId), key), 200)).toBe(20);
    expect(api.logLines.filter((line) => line.includes('rate_limit_open') && line.includes('"key"'))).toHaveLength(1);
  });
});

describe('requests from one address', () => {
  it('are refused beyond the limit, with and without a key, but never a probe', async () => {
    const api = await apiWith({ RATE_LIMIT_IP_PER_SECOND: '3' });
    const answers = await together(api, 20, listOf('shop'));
    expect(countOf(answers, 429)).toBeGreaterThan(0);
    expect(countOf(answers, 401)).toBeGreaterThanOrEqual(3);
    expect(countOf(await together(api, 20, '/health/live'), 200)).toBe(20);
  });

  it('are refused beyond the limit, but never a notification', async () => {
    const api = await apiWith({ RATE_LIMIT_IP_PER_SECOND: '1' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.post('/api/v1/webhooks/lakala', { raw: '{}' })));
    expect(countOf(answers, 401)).toBe(20);
  });

  it("are told apart by what our own proxies say of them, and by nobody else's word", async () => {
    const behind = async (env: Record<string, string>): Promise<number> => {
      const api = await apiWith({ RATE_LIMIT_IP_PER_SECOND: '2', ...env });
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => api.get(listOf('shop'), { headers: { 'x-forwarded-for': `192.0.2.${n}` } })),
      );
      return countOf(answers, 429);
    };
    expect(await behind({ TRUSTED_PROXIES: '127.0.0.0/8' })).toBe(0);
    expect(await behind({})).toBeGreaterThan(0);
    expect(await behind({ TRUSTED_PROXIES: '10.0.0.0/8' })).toBeGreaterThan(0);
  });
});

describe('addresses', () => {
  const from = (ip: string) => ({ 'x-forwarded-for': ip });

  it('outside of the list get no notification in, whatever it is; those on it are asked for a signature', async () => {
    const api = await apiWith({ TRUSTED_PROXIES: '127.0.0.1', LAKALA_ALLOWED_IPS: '198.51.100.0/24' });
    const notify = async (ip: string) => (await api.post('/api/v1/webhooks/lakala', { raw: '{}', headers: from(ip) })).status;
    expect([await notify('203.0.113.9'), await notify('198.51.100.9')]).toEqual([403, 401]);
  });

  it('bind a key: from elsewhere it is refused, before anything is told of the order', async () => {
    const api = await apiWith({ TRUSTED_PROXIES: '127.0.0.1' });
    const { appId, key, keyId } = await api.newApp();
    await api.owner.query(`UPDATE api_keys SET allowed_ips = '{198.51.100.0/24,2001:db8::1}' WHERE id = $1`, [keyId]);
    const ask = async (ip: string) => {
      const { status, body } = await api.get(`/api/v1/payment-orders/none?app_id=${appId}`, { key, headers: from(ip) });
      return [status, (body as Refused).code];
    };
    expect(await ask('198.51.100.77')).toEqual([404, 'payment_order_not_found']);
    expect(await ask('2001:db8::1')).toEqual([404, 'payment_order_not_found']);
    expect(await ask('203.0.113.9')).toEqual([403, 'address_not_allowed']);
  });
});

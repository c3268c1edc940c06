import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { TASK_GROUP, TaskConsumer } from '#domain/streams/task-consumer.js';
import { TaskPublisher } from '#domain/streams/task-publisher.js';
import { SilentLog } from '#platform/logging/log.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { codeBlocks, readPage } from '../docs/markdown.ts';
import { createTestDatabase, execute } from '../stack/databases.ts';
import { ROOT } from '../stack/project.ts';
import { startRedis } from '../stack/redis.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { manifestsOf, named } from './manifests.ts';

interface Trigger {
  type: string;
  metadata: Record<string, string>;
  authenticationRef: { name: string };
}

interface TriggerAuthentication {
  spec: { secretTargetRef: { parameter: string; name: string; key: string }[] };
}

/**
 * A schema of ours, from KEDA's documentation of these two triggers: in KEDA's own types a trigger's metadata is any text.
 */
const DOCUMENTED: Record<string, { metadata: string[]; authentication: string[] }> = {
  postgresql: {
    metadata: ['query', 'targetQueryValue', 'activationTargetQueryValue'],
    authentication: ['connection', 'host', 'port', 'userName', 'password', 'dbName', 'sslmode'],
  },
  'redis-streams': {
    metadata: ['stream', 'consumerGroup', 'lagCount', 'activationLagCount', 'databaseIndex', 'enableTLS', 'unsafeSsl'],
    authentication: ['address', 'host', 'port', 'username', 'password'],
  },
};
const PASSWORD = 'only-in-this-test';

let triggers: Trigger[];
let authentications: Map<string, TriggerAuthentication>;
beforeAll(async () => {
  const manifests = await manifestsOf('production');
  triggers = named<{ spec: { triggers: Trigger[] } }>(manifests, 'ScaledObject', 'loomi-pay-processor').spec.triggers;
  authentications = new Map(
    triggers.map(({ authenticationRef: { name } }) => [name, named<TriggerAuthentication>(manifests, 'TriggerAuthentication', name)]),
  );
});

it('every parameter of the triggers is one that KEDA documents, and the secret ones come by reference', () => {
  for (const { type, metadata, authenticationRef } of triggers) {
    const documented = DOCUMENTED[type] ?? { metadata: [], authentication: [] };
    expect(documented.metadata).toEqual(expect.arrayContaining(Object.keys(metadata)));
    const given = authentications.get(authenticationRef.name)?.spec.secretTargetRef ?? [];
    expect(documented.authentication).toEqual(expect.arrayContaining(given.map(({ parameter }) => parameter)));
    expect(given.map(({ name }) => name)).toEqual(given.map(() => 'loomi-pay-scaler'));
    expect(given.map(({ parameter }) => parameter)).toContain('password');
  }
});

it('PostgreSQL tells a login with the documented rights how much is due, and nothing else', async () => {
  const database = await createTestDatabase();
  const login = `scaler_${randomUUID().slice(0, 8)}`;
  try {
    const block = codeBlocks(readPage('docs/deploying.md')).find(({ language, code }) => language === 'sql' && code.includes('scaler'));
    await execute(database.url, (block?.code ?? '').replaceAll('loomi_scaler', login).replace(/PASSWORD '.*'/, `PASSWORD '${PASSWORD}'`));
    await execute(database.url, DUE);
    const url = new URL(database.url);
    Object.assign(url, { username: login, password: PASSWORD });
    const scaler = new pg.Client(url.href);
    await scaler.connect();
    const query = triggers.find(({ type }) => type === 'postgresql')?.metadata.query ?? '';
    const { rows } = await scaler.query({ text: query, rowMode: 'array' });
    await expect(scaler.query('SELECT amount FROM payment_orders')).rejects.toThrow('permission denied');
    await scaler.end();
    // Three payments and one message; a payment of tomorrow, one that is over and a message that is applied are not due.
    expect(rows).toEqual([['4']]);
  } finally {
    await execute(database.url, `DROP OWNED BY ${login}`);
    await database.drop();
    await execute(process.env.TEST_POSTGRES_URL ?? '', `DROP ROLE ${login}`);
  }
});

it('Redis tells the user scaler how many wake-ups wait, and nothing else', async () => {
  const hash = createHash('sha256').update(PASSWORD).digest('hex');
  const dir = scratchFolder().subfolder('redis');
  const users = readFileSync(join(ROOT, 'docker/redis/users.acl'), 'utf8').replaceAll(/#SHA256_OF_\w+/g, `#${hash}`);
  // Only the stack's readiness check may speak without a password.
  writeFileSync(join(dir, 'users.acl'), users.replace('user default off', 'user default on nopass -@all +ping'));
  const server = await startRedis({ dir, args: ['--aclfile', join(dir, 'users.acl')] });
  const as = (username: string): Redis => new Redis(server.url, { username, password: PASSWORD, enableReadyCheck: false });
  const [loomi, scaler] = [as('loomi'), as('scaler')];
  try {
    const watched = triggers.filter(({ type }) => type === 'redis-streams').map(({ metadata }) => metadata);
    expect(watched.map(({ stream }) => stream)).toEqual(['payment_tasks', 'refund_tasks', 'notification_tasks']);
    for (const stream of ['payment_tasks', 'refund_tasks', 'notification_tasks'] as const) {
      const options = { redis: loomi, stream, consumer: 'one', handle: async () => undefined, log: new SilentLog(), batch: 2 };
      const consumer = new TaskConsumer(options);
      // The first pass makes the group.
      await consumer.runOnce();
      await new TaskPublisher(loomi, new SilentLog(), new Metrics(false)).publish(stream, Array.from({ length: 7 }, () => randomUUID()));
      expect(await consumer.runOnce()).toBe(2);
      expect(await lagOf(scaler, stream)).toBe(5);
      while ((await consumer.runOnce()) > 0);
      expect(await lagOf(scaler, stream)).toBe(0);
    }
    expect(watched.map(({ consumerGroup }) => consumerGroup)).toEqual(Array(3).fill(TASK_GROUP));
    await expect(scaler.xrange('payment_tasks', '-', '+')).rejects.toThrow('NOPERM');
    await expect(scaler.xinfo('GROUPS', 'payment_results')).rejects.toThrow('NOPERM');
  } finally {
    loomi.disconnect();
    scaler.disconnect();
    await server.stop();
  }
});

async function lagOf(redis: Redis, stream: string): Promise<unknown> {
  const groups = (await redis.xinfo('GROUPS', stream)) as unknown[][];
  const group = groups.find((pairs) => pairs[pairs.indexOf('name') + 1] === TASK_GROUP) ?? [];
  return group[group.indexOf('lag') + 1];
}

const DUE = `
INSERT INTO apps (app_id) VALUES ('shop');
INSERT INTO payment_orders (id, app_id, merchant_order_id, order_type, amount, subject, expires_in, expires_at, due_at)
  SELECT gen_random_uuid(), 'shop', n::text, 'payment', 1, 'a sale', 1800, loomi_now() + interval '1 day', due
  FROM unnest(ARRAY[loomi_now(), loomi_now(), loomi_now(), loomi_now() + interval '1 day', NULL]) WITH ORDINALITY AS one (due, n);
INSERT INTO notifications (id, out_order_no, raw, signed_text_prefix, signature, certificate, applied_at)
  SELECT gen_random_uuid(), n::text, '', '', '', '', applied
  FROM unnest(ARRAY[NULL, loomi_now()]) WITH ORDINALITY AS one (applied, n);`;

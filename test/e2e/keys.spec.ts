import { setTimeout as delay } from 'node:timers/promises';
import { issueKey, runAdmin } from '../stack/admin.ts';
import { urlForRole } from '../stack/databases.ts';
import { until } from '../stack/until.ts';
import { AppClient } from './app-client.ts';
import { OrderLoad } from './order-load.ts';
import { World } from './world.ts';

let world: World;
let admin: string;

beforeAll(async () => {
  world = await World.start({ replicas: { api: 2, processor: 0 } });
  admin = urlForRole(world.stack.databaseUrl, 'loomi_admin');
}, 120_000);
afterAll(() => world.stop(), 60_000);

/** The same app with this key, once at each replica. */
function clientsWith(key: string): AppClient[] {
  return world.stack.apis.map(({ url }) => new AppClient(url, world.stack.appId, key));
}

async function idOfOldestKey(): Promise<string> {
  const keys = JSON.parse(await runAdmin(admin, 'key', 'list', world.stack.appId, '--json')) as { id: string; created_at: string }[];
  return keys.sort((a, b) => a.created_at.localeCompare(b.created_at))[0]?.id ?? '';
}

test('a key is changed for a new one under load without one failed request, and the old one is then refused everywhere', async () => {
  const load = new OrderLoad(clientsWith(world.stack.apiKey));
  try {
    const oldKey = await idOfOldestKey();
    const next = await issueKey(admin, world.stack.appId);
    load.clients = clientsWith(next);
    // A request may still be on its way with the old key: an app lets both live for a while.
    await delay(200);
    await runAdmin(admin, 'key', 'revoke', oldKey);
    const revoked = clientsWith(world.stack.apiKey);
    const refused = async () => (await Promise.all(revoked.map((client) => client.tryKey()))).every((status) => status === 401);
    await until('the revoked key to be refused by both', 5_000, refused);
    for (const client of clientsWith(next)) expect(await client.tryKey()).toBe(200);
  } finally {
    await load.stop();
  }
  expect(load.accepted.length).toBeGreaterThan(50);
  expect(load.answers.filter(({ status }) => status !== 202)).toEqual([]);
}, 60_000);

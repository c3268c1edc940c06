import { ensureBuilt } from './build.ts';
import { makeTemplate } from './databases.ts';
import { startPostgres } from './postgres.ts';
import { startRedis } from './redis.ts';
import { scratchFolder } from './scratch.ts';

const TEMPLATE = 'loomi_template';

/** One PostgreSQL and one Redis for the whole run, and a migrated database to copy; told to the workers by environment. */
export default async function setUp(): Promise<void> {
  const scratch = scratchFolder();
  const [postgres, redis] = await Promise.all([
    startPostgres({ dir: scratch.subfolder('postgres'), durable: false }),
    startRedis({ dir: scratch.subfolder('redis'), say: (line) => console.log(line) }),
    ensureBuilt(),
  ]);
  await makeTemplate(postgres.url, TEMPLATE);
  process.env.TEST_POSTGRES_URL = postgres.url;
  process.env.TEST_TEMPLATE_DATABASE = TEMPLATE;
  process.env.TEST_REDIS_URL = redis.url;
}

import pg from 'pg';
import { makeTemplate } from '../stack/databases.ts';
import { startRedis } from '../stack/redis.ts';
import { scratchFolder } from '../stack/scratch.ts';

/**
 * In place of jest's own global setup: PostgreSQL runs already, for all mutants, and the build is there. The template is
 * migrated by the mutant's own code where it is not there yet; Redis is the mutant's own.
 */
export default async function setUp(): Promise<void> {
  const { MUTANTS_POSTGRES_URL: url = '', MUTANTS_TEMPLATE: template = '' } = process.env;
  const redis = await startRedis({ dir: scratchFolder().subfolder('redis') });
  if (!(await exists(url, template))) await makeTemplate(url, template);
  process.env.TEST_POSTGRES_URL = url;
  process.env.TEST_TEMPLATE_DATABASE = template;
  process.env.TEST_REDIS_URL = redis.url;
}

async function exists(url: string, database: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database])).rows.length > 0;
  } finally {
    await client.end();
  }
}

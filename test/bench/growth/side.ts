import { issueKey } from '../../stack/admin.ts';
import { urlForRole } from '../../stack/databases.ts';
import { freePort } from '../../stack/free-port.ts';
import { addressOf, deployable, sandboxAccount } from '../../stack/programs.ts';
import { startRedis } from '../../stack/redis.ts';
import { scratchFolder } from '../../stack/scratch.ts';
import type { Caller } from '../load/jobs.ts';
import type { Workplace } from '../workplace.ts';
import { openProcessor, type SteppedProcessor } from './stepped-processor.ts';

/** One of the two services: an API, a processor that is stepped, and a Redis, on a database of the same server. */
export interface Side {
  name: string;
  databaseUrl: string;
  apiUrl: string;
  caller: Caller;
  processor: SteppedProcessor;
  stop(): Promise<void>;
}

export async function startSide(place: Workplace, name: string, databaseUrl: string): Promise<Side> {
  const { stack } = place;
  const redis = await startRedis({ dir: scratchFolder().subfolder(`redis-${name}`) });
  const [port, managementPort] = await Promise.all([freePort(), freePort()]);
  const account = (): NodeJS.ProcessEnv => sandboxAccount(stack.sandbox.folder, Number(new URL(stack.sandbox.url).port));
  const api = deployable('api', `api-${name}`, { port, managementPort }, {
    databaseUrl,
    redisUrl: redis.url,
    publicBaseUrl: addressOf(port),
    lakala: account,
    env: place.env,
    logFolder: stack.logFolder,
    registry: scratchFolder().registry,
  });
  const apiKey = await issueKey(urlForRole(databaseUrl, 'loomi_admin'), stack.appId);
  await api.start();
  const processor = await openProcessor({
    ...account(),
    DATABASE_URL: urlForRole(databaseUrl, 'loomi_processor'),
    REDIS_URL: redis.url,
    PUBLIC_BASE_URL: addressOf(port),
    MANAGEMENT_PORT: '0',
    LAKALA_MAX_CALLS_PER_SECOND: '10000',
  });
  return {
    name,
    databaseUrl,
    apiUrl: addressOf(port),
    caller: { appId: stack.appId, apiKey },
    processor,
    stop: async () => {
      await Promise.all([api.stop(), processor.close()]);
      await redis.stop();
    },
  };
}

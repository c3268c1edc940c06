import { randomBytes, randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import { Pool } from 'undici';
import { EventFeed } from './event-feed.ts';
import type { CommitsJob, EventsJob, Measurement } from './jobs.ts';
import { fire } from './shot.ts';
import { notificationShot } from './shots.ts';
import { signedNotifications } from './signed-messages.ts';
import { steadily } from './steady.ts';

const CONNECTIONS = 64;
const STREAM = 'bench_results';

/** Notifications at a steady rate, each timed from its acknowledgement until the event of success is on the stream. */
export async function events(job: EventsJob): Promise<Measurement> {
  const messages = await signedNotifications(job.keyFile, job.orders);
  const api = new Pool(job.url, { connections: CONNECTIONS, pipelining: 1 });
  const feed = await EventFeed.open(job.redisUrl);
  try {
    return await steadily(job, async (index) => {
      const [message, order] = [messages[index], job.orders[index]];
      if (message === undefined || order === undefined) throw new Error('there are fewer orders than notifications to be sent');
      await fire(api, notificationShot(message));
      const acceptedMs = performance.now();
      // The event may be there before we have read the acknowledgement.
      return Math.max(0, (await feed.arrival(order.id, 'succeeded')) - acceptedMs);
    });
  } finally {
    await Promise.all([api.destroy(), feed.close()]);
  }
}

/** One small commit and one XADD of an entry as long as an event's, at a steady rate. */
export async function commits(job: CommitsJob): Promise<Measurement> {
  const database = new pg.Pool({ connectionString: job.databaseUrl, max: job.connections });
  const redis = new Redis(job.redisUrl);
  try {
    return await steadily(job, async (_index, dueMs) => {
      await database.query({
        name: 'commit',
        text: 'INSERT INTO notification_keys (business_key, notification_id) VALUES ($1, $2)',
        values: [randomBytes(32), randomUUID()],
      });
      await redis.xadd(STREAM, '*', ...Object.entries(eventFields()).flat());
      return performance.now() - dueMs;
    });
  } finally {
    redis.disconnect();
    await database.end();
  }
}

function eventFields(): Record<string, string> {
  return {
    event_id: randomUUID(),
    event_type: 'payment_status_changed',
    payment_order_id: randomUUID(),
    app_id: 'shop',
    merchant_order_id: 'b000100000001',
    order_type: 'payment',
    old_status: 'processing',
    new_status: 'succeeded',
    gateway_transaction_id: '2025031166200819100678',
    amount: '1250',
    failure_code: '',
    seq: '2',
    timestamp: '2026-01-01T00:00:00Z',
  };
}

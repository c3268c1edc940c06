import { Pool } from 'undici';
import type { Measurement, OpenJob } from './jobs.ts';
import { fire } from './shot.ts';
import { shotsOf } from './shots.ts';
import { steadily } from './steady.ts';

/** At a constant rate. Rejects at the first answer that is not the expected one. */
export async function openLoop({ url, connections, requests, ...pace }: OpenJob): Promise<Measurement> {
  const shots = await shotsOf(requests);
  const pool = new Pool(url, { connections, pipelining: 1 });
  try {
    return await steadily(pace, async (_index, dueMs) => {
      const shot = shots();
      if (shot === null) throw new Error('there are fewer requests than were to be sent');
      await fire(pool, shot);
      return performance.now() - dueMs;
    });
  } finally {
    await pool.destroy();
  }
}

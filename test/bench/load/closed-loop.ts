import { Client } from 'undici';
import type { ClosedJob, Measurement } from './jobs.ts';
import { measurementOf } from './measurement.ts';
import { fire } from './shot.ts';
import { shotsOf } from './shots.ts';

/** As fast as so many connections go. Rejects at the first answer that is not the expected one. */
export async function closedLoop({ urls, connections, warmSeconds, seconds, requests }: ClosedJob): Promise<Measurement> {
  const shots = await shotsOf(requests);
  const clients = Array.from({ length: connections }, (_, index) => new Client(urls[index % urls.length] ?? '', { pipelining: 1 }));
  const fromMs = performance.now() + warmSeconds * 1_000;
  const untilMs = fromMs + seconds * 1_000;
  const durationsMs: number[] = [];
  // Where the requests are used up before the time is.
  let endedMs = untilMs;
  const work = async (client: Client): Promise<void> => {
    for (;;) {
      const sentMs = performance.now();
      const shot = sentMs < untilMs ? shots() : null;
      if (shot === null) return;
      await fire(client, shot);
      const nowMs = performance.now();
      if (nowMs >= fromMs && nowMs <= untilMs) durationsMs.push(nowMs - sentMs);
      if (durationsMs.length > 0) endedMs = Math.min(untilMs, nowMs);
    }
  };
  try {
    await Promise.all(clients.map(work));
    return measurementOf(durationsMs, endedMs - fromMs);
  } finally {
    await Promise.all(clients.map((client) => client.destroy()));
  }
}

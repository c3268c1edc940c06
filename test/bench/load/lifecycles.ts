import { App } from './app.ts';
import { EventFeed } from './event-feed.ts';
import type { LifecyclesJob, Measurement, PagesJob, SteadyLifecyclesJob } from './jobs.ts';
import { measurementOf } from './measurement.ts';
import { orderName } from './shots.ts';
import { steadily } from './steady.ts';

/** So many customers at a time, one after the other: create, wait for the page, pay, wait for the event of success. */
export async function lifecycles(job: LifecyclesJob): Promise<Measurement> {
  return withAppAndFeed(job, async (app, feed) => {
    const fromMs = performance.now() + job.warmSeconds * 1_000;
    const untilMs = fromMs + job.seconds * 1_000;
    const durationsMs: number[] = [];
    let served = 0;
    const serve = async (): Promise<void> => {
      for (let begunMs = performance.now(); begunMs < untilMs; begunMs = performance.now()) {
        served += 1;
        const endedMs = await live(app, feed, orderName(job.prefix, served));
        if (endedMs >= fromMs && endedMs <= untilMs) durationsMs.push(endedMs - begunMs);
      }
    };
    await Promise.all(Array.from({ length: job.customers }, serve));
    return measurementOf(durationsMs, job.seconds * 1_000);
  });
}

/** As {@link lifecycles}, at a steady rate. */
export async function steadyLifecycles(job: SteadyLifecyclesJob): Promise<Measurement> {
  return withAppAndFeed(job, (app, feed) =>
    steadily(job, async (index, dueMs) => (await live(app, feed, orderName(job.prefix, index))) - dueMs),
  );
}

/** Gives when the app hears that it is paid. */
async function live(app: App, feed: EventFeed, name: string): Promise<number> {
  const id = await app.create(name);
  await feed.arrival(id, 'processing');
  await app.pay(await app.page(name));
  return feed.arrival(id, 'succeeded');
}

/**
 * Orders at a steady rate, each timed until its page is there: until the app hears of it on the stream. Their payers come
 * when that is over: what stays unpaid is asked about at Lakala every few seconds, and burdens whoever is measured next.
 */
export async function pages(job: PagesJob): Promise<Measurement> {
  return withAppAndFeed(job, async (app, feed) => {
    const begun: { id: string; name: string }[] = [];
    const measured = await steadily(job, async (index, dueMs) => {
      const name = orderName(job.prefix, index);
      const id = await app.create(name);
      begun.push({ id, name });
      return (await feed.arrival(id, 'processing')) - dueMs;
    });
    await Promise.all(begun.map(async ({ id, name }) => {
      await app.pay(await app.page(name));
      await feed.arrival(id, 'succeeded');
    }));
    return measured;
  });
}

async function withAppAndFeed<Result>(
  { urls, lakalaUrl, caller, redisUrl }: Pick<LifecyclesJob, 'urls' | 'lakalaUrl' | 'caller' | 'redisUrl'>,
  work: (app: App, feed: EventFeed) => Promise<Result>,
): Promise<Result> {
  const app = new App(urls, lakalaUrl, caller);
  const feed = await EventFeed.open(redisUrl);
  try {
    return await work(app, feed);
  } finally {
    await Promise.all([app.close(), feed.close()]);
  }
}

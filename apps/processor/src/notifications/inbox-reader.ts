import type { NotificationWorker } from './notification-worker.js';

const BATCH = 100;
/** Each holds a connection while it waits for its order's lock. */
const AT_A_TIME = 8;

/** Has the inbox applied: what a wake-up named, and once a second whatever is unread. */
export class InboxReader {
  constructor(private readonly worker: NotificationWorker) {}

  /** One pass over the unread messages; resolves with how many were looked at. */
  async runOnce(): Promise<number> {
    const ids = await this.worker.due(BATCH);
    await this.take(ids);
    return ids.length;
  }

  async take(ids: readonly string[]): Promise<void> {
    for (let from = 0; from < ids.length; from += AT_A_TIME) {
      await Promise.all(ids.slice(from, from + AT_A_TIME).map((id) => this.worker.work(id)));
    }
  }
}

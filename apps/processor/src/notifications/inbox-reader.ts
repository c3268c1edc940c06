import type { NotificationWorker } from './notification-worker.js';

const BATCH = 100;

/** Has the inbox applied: what a wake-up named, and once a second whatever is unread. */
export class InboxReader {
  constructor(private readonly worker: NotificationWorker) {}

  /** One pass over the unread messages; resolves with how many were looked at. */
  async runOnce(): Promise<number> {
    const ids = await this.worker.due(BATCH);
    if (ids.length > 0) await this.worker.work(ids);
    return ids.length;
  }

  take(ids: readonly string[]): Promise<void> {
    return this.worker.work(ids);
  }
}

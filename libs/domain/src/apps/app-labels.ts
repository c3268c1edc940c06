import type { DataSource } from 'typeorm';

/** How many apps have metrics of their own; the rest share {@link OTHER_APPS}. */
export const MOST_APP_LABELS = 50;
/** The label of the apps beyond {@link MOST_APP_LABELS}. */
export const OTHER_APPS = 'other';

/**
 * The label an app has in metrics: its own id, or `other`. The oldest apps have their own, so that every replica gives an app
 * the same one; no app is ever deleted, so none loses it.
 */
export class AppLabels {
  private known: ReadonlySet<string> = new Set();
  private reading: Promise<void> | undefined;
  private readonly listeners: ((label: string) => void)[] = [];

  constructor(private readonly dataSource: Pick<DataSource, 'query'>) {}

  /** Reads the list anew and gives it. Rejects where PostgreSQL does. */
  async read(): Promise<string[]> {
    const rows = await this.dataSource.query<{ app_id: string }[]>('SELECT app_id FROM apps ORDER BY created_at, app_id LIMIT $1', [
      MOST_APP_LABELS,
    ]);
    const before = this.known;
    this.known = new Set(rows.map(({ app_id }) => app_id));
    for (const label of this.known) if (!before.has(label)) this.listeners.forEach((listener) => listener(label));
    return [...this.known];
  }

  /**
   * Calls with `other` now and with each further label as soon as it is known: whoever counts begins at 0 with it, or the
   * first order of each app would be no rise.
   */
  onNew(listener: (label: string) => void): void {
    this.listeners.push(listener);
    for (const label of [OTHER_APPS, ...this.known]) listener(label);
  }

  /**
   * Calls with the app's label: at once where it is known, else after one look for new apps. Where that fails the label is
   * `other`: a count must not wait for a database that is away.
   */
  use(appId: string, count: (label: string) => void): void {
    const isNew = !this.known.has(appId) && this.known.size < MOST_APP_LABELS;
    if (!isNew) return count(this.labelOf(appId));
    this.reading ??= this.readOnce();
    void this.reading.then(() => count(this.labelOf(appId)));
  }

  private async readOnce(): Promise<void> {
    try {
      await this.read();
    } catch {
      // Whoever needs the database says so in the log.
    } finally {
      this.reading = undefined;
    }
  }

  private labelOf(appId: string): string {
    return this.known.has(appId) ? appId : OTHER_APPS;
  }
}

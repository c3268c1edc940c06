import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppLabels, OTHER_APPS } from '#domain/apps/app-labels.js';
import { Log } from '#platform/logging/log.js';
import { Loop } from '#platform/loop/loop.js';
import { Metrics } from '#platform/metrics/metrics.js';

const EVERY_MS = 60_000;

/** Shows for how many days each app still has a key; an app with a key that does not expire is left out. */
@Injectable()
export class KeyExpiryWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly daysLeft;
  private readonly loop: Loop;

  constructor(
    private readonly dataSource: DataSource,
    private readonly labels: AppLabels,
    metrics: Metrics,
    log: Log,
  ) {
    this.daysLeft = metrics.gauge('loomi_api_key_days_left', 'Days until the last key of an app expires', ['app']);
    this.loop = new Loop({ name: 'key_watch', idleMs: EVERY_MS, runOnce: () => this.runOnce(), log, metrics });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }

  async runOnce(): Promise<number> {
    const known = await this.labels.read();
    const rows = await this.dataSource.query<{ app: string; days: string }[]>(LAST_KEYS, [known, OTHER_APPS]);
    this.daysLeft.reset();
    for (const { app, days } of rows) this.daysLeft.set({ app }, Number(days));
    return 0;
  }
}

// An app that has only keys that are over is shown below zero, until it has another.
const LAST_KEYS = `
  SELECT CASE WHEN app_id = ANY($1) THEN app_id ELSE $2 END AS app, min(days) AS days
  FROM (
    SELECT app_id, extract(epoch FROM max(expires_at) - loomi_now()) / 86400 AS days
    FROM api_keys WHERE revoked_at IS NULL GROUP BY app_id HAVING bool_and(expires_at IS NOT NULL)
  ) AS last_keys GROUP BY 1`;

import type { EntityManager } from 'typeorm';
import type { Log } from '#platform/logging/log.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { RedisClient } from '#platform/redis/redis.js';
import { ResultStream } from './result-stream.js';
import type { StreamRecord } from './stream-record.js';

const EVERY_MS = 10_000;
// A consumer's name stays in its group for ever; one that asked for nothing in an hour is a former one.
const ACTIVE_WITHIN_MS = 3_600_000;
// The guide's clients call themselves so.
const CONSUMER_OF_APP = /^(.+)_consumer$/;

/** Notices apps that share a consumer group: each then misses the entries that the other one gets. */
export class SharedGroupWatch {
  private readonly shared = new Map<string, SharedGroup>();
  private readonly gauge;
  private lookedAt = -Infinity;

  constructor(
    private readonly redis: RedisClient,
    private readonly log: Log,
    metrics: Metrics,
  ) {
    this.gauge = metrics.gauge('loomi_shared_groups', 'Consumer groups that two or more apps share', LABELS);
  }

  /** Looks at the groups of the records, at most once in ten seconds; says each change once. */
  async look(em: EntityManager, records: readonly StreamRecord[]): Promise<void> {
    if (performance.now() - this.lookedAt < EVERY_MS) return;
    this.lookedAt = performance.now();
    const apps = await em.query<{ app_id: string }[]>('SELECT app_id FROM apps');
    const known = new Set(apps.map(({ app_id }) => app_id));
    const found = new Map<string, SharedGroup>();
    for (const { stream, groups } of records) {
      for (const { name } of groups) {
        const consumers = await new ResultStream(this.redis, stream).consumers(name, ACTIVE_WITHIN_MS);
        const owners = [...new Set(consumers.flatMap((consumer) => CONSUMER_OF_APP.exec(consumer)?.[1] ?? []))];
        const names = owners.filter((owner) => known.has(owner)).sort();
        if (names.length > 1) found.set(`${stream} ${name}`, { stream, group: name, names });
      }
    }
    this.tell(found);
  }

  private tell(found: ReadonlyMap<string, SharedGroup>): void {
    for (const [key, before] of this.shared) {
      if (found.get(key)?.names.join() === before.names.join()) continue;
      this.shared.delete(key);
      this.gauge.remove(labelsOf(before));
    }
    for (const [key, now] of found) {
      if (this.shared.has(key)) continue;
      this.shared.set(key, now);
      this.gauge.set(labelsOf(now), 1);
      this.log.error('consumer_group_shared', { stream: now.stream, consumer_group: now.group, names: now.names });
    }
  }
}

const LABELS = ['stream', 'consumer_group', 'apps'] as const;

interface SharedGroup {
  readonly stream: string;
  readonly group: string;
  readonly names: readonly string[];
}

function labelsOf({ stream, group, names }: SharedGroup): Record<(typeof LABELS)[number], string> {
  return { stream, consumer_group: group, apps: names.join(',') };
}

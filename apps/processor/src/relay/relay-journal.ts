import type { Log } from '#platform/logging/log.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { OrderTraces } from '#platform/tracing/order-traces.js';
import type { StreamEntry } from './result-stream.js';
import type { StreamRecord } from './stream-record.js';

const LABELS = ['payment_results', 'refund_results', 'payment_results:own', 'refund_results:own'];

/** What the relay tells people: a line where something is out of the ordinary, a number always. */
export class RelayJournal {
  private readonly troubled = new Set<string>();
  private readonly entries;
  private readonly lag;
  private readonly losses;
  private readonly heals;
  private readonly strangers;
  private readonly troubles;

  constructor(
    private readonly log: Log,
    metrics: Metrics,
    private readonly traces: OrderTraces,
  ) {
    this.entries = metrics.counter('loomi_stream_entries_total', 'Entries appended to the result streams', ['stream']);
    this.lag = metrics.gauge('loomi_relay_lag_seconds', 'Age of the oldest committed event that is not on its stream');
    this.losses = metrics.counter('loomi_stream_losses_total', 'Losses of a result stream or its groups in Redis', ['stream']);
    this.heals = metrics.counter('loomi_stream_heals_total', 'Losses of a result stream that were made good', ['stream']);
    this.strangers = metrics.counter('loomi_stream_strangers_total', 'Times that somebody else had written to a result stream', ['stream']);
    this.troubles = metrics.counter('loomi_relay_troubles_total', 'Looks at a result stream that failed');
    // A counter that first appears at 1 has not risen.
    for (const stream of LABELS) for (const counter of [this.losses, this.strangers]) counter.inc({ stream }, 0);
  }

  /** Entries that are on a stream now; an app's own stream has the same events as the shared one, of which they are told. */
  published({ kind, stream, appId }: StreamRecord, entries: readonly StreamEntry[]): void {
    if (appId !== null || !this.traces.isOn) return;
    for (const [, fields] of entries) {
      const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
      const attributes = { 'messaging.system': 'redis', 'messaging.destination.name': stream, 'loomi.status': field('new_status') };
      const startMs = Date.parse(field('timestamp'));
      this.traces.record({ orderId: field(`${kind}_order_id`), name: `publish ${stream}`, kind: 'producer', startMs, attributes });
    }
  }

  appended(record: StreamRecord, count: number): void {
    this.entries.inc({ stream: labelOf(record) }, count);
  }

  lagged(seconds: number): void {
    this.lag.set(seconds);
  }

  /** The stream, or groups of it, are not there any more, or are behind. */
  lost(record: StreamRecord, groups: readonly string[]): void {
    this.losses.inc({ stream: labelOf(record) });
    this.log.warn('stream_lost', { stream: record.stream, names: groups });
  }

  healed(record: StreamRecord, pending: number): void {
    this.heals.inc({ stream: labelOf(record) });
    const names = record.groups.filter(({ lost }) => lost).map(({ name }) => name);
    this.log.info('stream_healed', { stream: record.stream, names, count: pending });
  }

  /** Somebody else wrote to the stream: no app's user may, so a password is in the wrong hands or a script has gone wrong. */
  strangerFound(record: StreamRecord, entryId: string, raised: number): void {
    this.strangers.inc({ stream: labelOf(record) });
    this.log.error('stream_stranger_found', { stream: record.stream, entry_id: entryId, count: raised });
  }

  /** Counts every time, logs the first of a row. */
  troubledBy(stream: string, error: unknown): void {
    this.troubles.inc();
    if (this.troubled.has(stream)) return;
    this.troubled.add(stream);
    this.log.error('stream_unwritable', { stream, error });
  }

  wellAgain(stream: string): void {
    if (this.troubled.delete(stream)) this.log.info('stream_writable_again', { stream });
  }
}

/** Bounded however many apps have streams of their own. */
function labelOf({ kind, appId, stream }: StreamRecord): string {
  return appId === null ? stream : `${kind}_results:own`;
}

import { compareEntryIds, type EntryId } from '#domain/streams/entry-id.js';
import type { StreamRecord } from './stream-record.js';

/** The streams, each with everything up to one number of the log. */
export interface Known {
  readonly head: EntryId;
  readonly records: readonly StreamRecord[];
}

/**
 * Up to which number the streams were last known to have everything. It spares looking for what cannot be there, and no more:
 * a stream that has another top than the one known is asked about in PostgreSQL.
 */
export class RelayMemory {
  known: Known | null = null;

  /** Whether the stream, being as the record says, has everything up to this number. */
  isComplete({ stream, top, begin }: StreamRecord, head: EntryId): boolean {
    if (this.known === null || compareEntryIds(this.known.head, head) !== 0) return false;
    const known = this.known.records.find((one) => one.stream === stream);
    return known !== undefined && compareEntryIds(known.top, top) === 0 && compareEntryIds(known.begin, begin) === 0;
  }
}

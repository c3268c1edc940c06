import type { EntityManager } from 'typeorm';
import { BEFORE_ALL, compareEntryIds, parseEntryId } from '#domain/streams/entry-id.js';
import type { Look, ResultStream, SeenGroup } from './result-stream.js';
import { forgetGroups, pendingOf, storeGroup, type GroupSnapshot } from './stream-groups.js';
import type { GroupRecord, StreamRecord } from './stream-record.js';

// A page costs Redis a few milliseconds. Where the pages end, the snapshot says that the rest was never delivered.
const PAGE = 5000;
const MOST_PAGES = 100;
// Beyond this many pending entries a group is snapshot less often: a hundred thousand cost about 100 ms and 2 MB each time.
const FEW = 1000;
// Also the age at which a group whose numbers look the same is read again: claims and acknowledgements may cancel out.
const REREAD_MS = 10_000;
const CLAIM_BATCH = 1000;

/** The groups of the record that Redis no longer has, or has further back than they were. */
export function lostGroups(record: StreamRecord, seen: readonly SeenGroup[]): string[] {
  const lost = ({ name, lastDelivered }: GroupRecord): boolean => {
    const found = seen.find((group) => group.name === name);
    return !found || isBefore(found.lastDelivered, lastDelivered);
  };
  return record.groups.filter(lost).map(({ name }) => name);
}

function isBefore(a: string, b: string): boolean {
  return compareEntryIds(parseEntryId(a) ?? BEFORE_ALL, parseEntryId(b) ?? BEFORE_ALL) < 0;
}

/** Keeps what is known of the apps' consumer groups up to date, and puts them back after a loss. */
export class GroupKeeper {
  private readonly readAt = new Map<string, number>();

  /**
   * Keeps what changed of the groups that this look showed. Call it only with a look that found the expected top on the
   * expected server, of a stream that is not healing: only then are the groups the apps' own.
   */
  async snapshot(em: EntityManager, stream: ResultStream, record: StreamRecord, { groups }: Look): Promise<void> {
    for (const group of groups) {
      const known = record.groups.find(({ name }) => name === group.name);
      if (!this.isDue(stream.name, group, known)) continue;
      const snapshot = group.pendingCount === 0 ? withoutPending(group) : await readPending(stream, record, group.name);
      if (!snapshot) return;
      await storeGroup(em, stream.name, snapshot);
      this.readAt.set(keyOf(stream.name, group.name), performance.now());
    }
    const gone = record.groups.filter(({ name }) => !groups.some((group) => group.name === name));
    if (gone.length > 0) await forgetGroups(em, stream.name, gone.map(({ name }) => name));
  }

  /**
   * Makes the lost groups again where they stood, before the stream is completed: so the apps' readers find their group
   * again at once, and what they had is not delivered to them a second time.
   */
  async putGroupsBack(stream: ResultStream, record: StreamRecord): Promise<void> {
    for (const { name, lastDelivered } of record.groups.filter(({ lost }) => lost)) {
      await stream.putGroupBack(name, lastDelivered);
    }
  }

  /** Makes pending again what was pending in the lost groups; the stream must be complete. Gives the number of entries. */
  async putPendingBack(em: EntityManager, stream: ResultStream, record: StreamRecord): Promise<number> {
    let count = 0;
    for (const { name } of record.groups.filter(({ lost }) => lost)) {
      for (const [consumer, ids] of Object.entries(await pendingOf(em, stream.name, name))) {
        for (let place = 0; place < ids.length; place += CLAIM_BATCH) {
          await stream.putPendingBack(name, consumer, ids.slice(place, place + CLAIM_BATCH));
        }
        count += ids.length;
      }
    }
    return count;
  }

  private isDue(stream: string, seen: SeenGroup, known: GroupRecord | undefined): boolean {
    const age = performance.now() - (this.readAt.get(keyOf(stream, seen.name)) ?? -Infinity);
    if (!known || age >= REREAD_MS) return true;
    const changed = known.lastDelivered !== seen.lastDelivered || known.pendingCount !== seen.pendingCount;
    return changed && seen.pendingCount <= FEW;
  }
}

function keyOf(stream: string, group: string): string {
  return `${stream} ${group}`;
}

function withoutPending({ name, lastDelivered }: SeenGroup): GroupSnapshot {
  return { name, lastDelivered, pending: {}, pendingCount: 0, oldestPending: null };
}

/**
 * Reads page by page. The place of the group is that of the first page: what is delivered while the rest is read stands
 * after it and will be delivered again. Null when the stream changed meanwhile.
 */
async function readPending(stream: ResultStream, record: StreamRecord, name: string): Promise<GroupSnapshot | null> {
  const { top, server } = record;
  if (server === null) return null;
  const pending = new Map<string, string[]>();
  const read = { lastDelivered: '', oldest: null as string | null, last: null as string | null, count: 0 };
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await stream.pendingPage({ top, server }, name, read.last, PAGE);
    if (!page) return null;
    if (pages === 0) read.lastDelivered = page.lastDelivered;
    for (const { id, consumer } of page.entries) {
      const ids = pending.get(consumer);
      if (ids) ids.push(id);
      else pending.set(consumer, [id]);
    }
    read.oldest ??= page.entries[0]?.id ?? null;
    read.last = page.entries.at(-1)?.id ?? read.last;
    read.count += page.entries.length;
    if (page.entries.length < PAGE) return snapshotOf(name, read, pending, read.lastDelivered);
  }
  return snapshotOf(name, read, pending, read.last ?? read.lastDelivered);
}

function snapshotOf(
  name: string,
  read: { readonly oldest: string | null; readonly count: number },
  pending: ReadonlyMap<string, string[]>,
  lastDelivered: string,
): GroupSnapshot {
  return { name, lastDelivered, pending: Object.fromEntries(pending), pendingCount: read.count, oldestPending: read.oldest };
}

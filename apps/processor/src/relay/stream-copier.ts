import type { EntityManager } from 'typeorm';
import {
  BEFORE_ALL, compareEntryIds, earlierOf, formatEntryId, justBefore, laterOf, parseEntryId, type EntryId,
} from '#domain/streams/entry-id.js';
import { numberAgain } from '#domain/streams/event-numbering.js';
import type { RedisClient } from '#platform/redis/redis.js';
import { GroupKeeper, lostGroups } from './group-keeper.js';
import type { RelayJournal } from './relay-journal.js';
import type { RelayMemory } from './relay-memory.js';
import { ResultStream, StreamTrouble, type Look, type StreamEntry } from './result-stream.js';
import { entriesAfter, isOurs } from './stream-events.js';
import { markFound, markLost } from './stream-groups.js';
import type { StreamAges, StreamRecord } from './stream-record.js';

// A script of so many entries holds Redis up for about two milliseconds.
const BATCH = 500;
// Read at once, since after a loss there may be a hundred thousand.
const READ_AHEAD = 5000;
// Nobody's clock is a day ahead: an id beyond is a mistake that our numbers must not follow.
const FURTHEST_AHEAD_MS = 86_400_000;

/** What all streams of one pass share. */
export interface Pass {
  /** The last number given when the pass began. */
  readonly head: EntryId;
  readonly nowMs: number;
  /** By `performance.now()`: a pass that takes longer commits and goes on in the next. */
  readonly deadline: number;
  /** Whether a stream that gets nothing, and every group, is looked at too. */
  readonly look: boolean;
}

/** What became of one stream in one pass. */
export interface Copied {
  readonly appended: number;
  /** True: commit, and look again at once. */
  readonly again: boolean;
  /** Whether the record is to be saved. */
  readonly changed: boolean;
}

/**
 * Makes one stream a copy of the events. The cursor is the stream's own top: an append happens only if it is the
 * expected one, so a wipe, an old snapshot, a lagging replica, another relay and one that was paused are all the same
 * case, that of another top. The caller's transaction holds the relay's lock.
 */
export class StreamCopier {
  private readonly groups = new GroupKeeper();

  constructor(
    private readonly redis: RedisClient,
    private readonly journal: RelayJournal,
    private readonly memory: RelayMemory,
    private readonly ages: StreamAges,
  ) {}

  /** Appends what is missing, up to the pass's deadline. Throws {@link StreamTrouble} where Redis does. */
  async copy(em: EntityManager, record: StreamRecord, pass: Pass): Promise<Copied> {
    const before = { ...record };
    const { appended, again, seen } = await this.append(em, new ResultStream(this.redis, record.stream), record, pass);
    if (appended > 0) this.journal.appended(record, appended);
    if (seen) this.journal.wellAgain(record.stream);
    return { appended, again, changed: isChanged(before, record) };
  }

  private async append(em: EntityManager, stream: ResultStream, record: StreamRecord, pass: Pass): Promise<Appended> {
    if (record.healing) await this.groups.putGroupsBack(stream, record);
    const tellGroups = pass.look || record.healing;
    let appended = 0;
    let waiting: StreamEntry[] = [];
    let more = !this.memory.isComplete(record, pass.head);
    while (performance.now() < pass.deadline) {
      if (more && waiting.length === 0) {
        waiting = await entriesAfter(em, record, startOf(record), READ_AHEAD);
        more = waiting.length === READ_AHEAD;
      }
      const entries = waiting.splice(0, BATCH);
      const last = !more && waiting.length === 0;
      if (last && entries.length === 0 && !tellGroups) return { appended, again: false, seen: appended > 0 };
      const isFirst = entries.length > 0 && compareEntryIds(record.top, BEFORE_ALL) === 0;
      const look = await stream.append(record.top, entries, isFirst || (last && tellGroups));
      if (!look.asExpected) {
        await this.reconcile(em, stream, record, look, pass);
        return { appended, again: true, seen: true };
      }
      record.top = parseEntryId(look.top) ?? record.top;
      appended += entries.length;
      // What a lost stream gets back was told before.
      if (!record.healing) this.journal.published(record, entries);
      // A stream nobody wrote to yet takes its first entries after a wipe as before it: only its groups tell.
      const lost = isFirst && !record.healing ? lostGroups(record, look.groups) : [];
      if (lost.length > 0) {
        await this.declareLost(em, record, lost);
        return { appended, again: true, seen: true };
      }
      if (last) return { appended, again: await this.complete(em, stream, record, look), seen: true };
    }
    return { appended, again: true, seen: appended > 0 };
  }

  /** The stream has all there is: see to its groups. True when that showed a loss. */
  private async complete(em: EntityManager, stream: ResultStream, record: StreamRecord, look: Look): Promise<boolean> {
    if (look.server === null) return false;
    const lost = lostGroups(record, look.groups);
    // A stream nobody wrote to yet looks the same after a wipe, but for its groups.
    const emptied = lost.length > 0 && compareEntryIds(record.top, BEFORE_ALL) === 0;
    const elsewhere = record.server !== null && record.server !== look.server;
    record.server = look.server;
    if (!record.healing && lost.length > 0 && (emptied || elsewhere)) {
      await this.declareLost(em, record, lost);
      return true;
    }
    if (record.healing) return this.finishHeal(em, stream, record, lost);
    await this.groups.snapshot(em, stream, record, look);
    return false;
  }

  /** Ends the heal only after a look that still finds everything there: a wipe in the middle would be seen by it. */
  private async finishHeal(em: EntityManager, stream: ResultStream, record: StreamRecord, lost: string[]): Promise<boolean> {
    if (lost.length > 0) {
      await markLost(em, record.stream, lost);
      return true;
    }
    const pending = await this.groups.putPendingBack(em, stream, record);
    const look = await stream.append(record.top, [], true);
    if (!look.asExpected || look.server !== record.server || lostGroups(record, look.groups).length > 0) return true;
    await markFound(em, record.stream);
    record.healing = false;
    this.journal.healed(record, pending);
    return true;
  }

  /** Another top than expected: what does it mean, and where does the relay go on? Takes effect once committed. */
  private async reconcile(em: EntityManager, stream: ResultStream, record: StreamRecord, look: Look, pass: Pass): Promise<void> {
    const top = parseEntryId(look.top);
    const lost = lostGroups(record, look.groups);
    const empty = look.top === formatEntryId(BEFORE_ALL);
    if (top && (empty || (await isOurs(em, record, top)))) {
      // Further on than expected: another relay appended, and ended before it could say so.
      if (compareEntryIds(top, record.top) < 0) await this.lose(em, record, top, lost, pass);
      else record.top = top;
      return;
    }
    if (!top || top.ms > pass.nowMs + FURTHEST_AHEAD_MS) {
      this.journal.strangerFound(record, look.top, 0);
      throw new StreamTrouble(`the top of ${record.stream} lies in the far future: delete the stream`, false);
    }
    const intact = compareEntryIds(record.top, BEFORE_ALL) > 0 && (await stream.has(record.top));
    const after = intact ? record.top : this.beginOf(record, pass);
    const raised = await numberAgain(em, { kind: record.kind, appId: record.appId, after }, top);
    this.journal.strangerFound(record, look.top, raised);
    if (intact) record.top = top;
    else await this.lose(em, record, top, lost, pass);
  }

  private async lose(em: EntityManager, record: StreamRecord, top: EntryId, lost: string[], pass: Pass): Promise<void> {
    record.begin = this.beginOf(record, pass);
    record.top = top;
    await this.declareLost(em, record, lost);
  }

  /** From here until the heal ends, the snapshots of the groups are not touched. */
  private async declareLost(em: EntityManager, record: StreamRecord, lost: string[]): Promise<void> {
    if (lost.length > 0) await markLost(em, record.stream, lost);
    record.healing = true;
    this.journal.lost(record, lost);
  }

  /**
   * Where an emptied stream begins: before whatever was not on it yet, what a group has not received or acknowledged, and
   * the recent past; but not before what would be trimmed at once.
   */
  private beginOf(record: StreamRecord, { nowMs }: Pass): EntryId {
    const fresh = compareEntryIds(record.top, BEFORE_ALL) === 0;
    let begin: EntryId = earlierOf(secondsBefore(nowMs, this.ages.refillSeconds), record.healing || fresh ? record.begin : record.top);
    for (const { lastDelivered, oldestPending } of record.groups) {
      begin = earlierOf(begin, parseEntryId(lastDelivered) ?? begin);
      const oldest = oldestPending === null ? null : parseEntryId(oldestPending);
      if (oldest) begin = earlierOf(begin, justBefore(oldest));
    }
    return laterOf(begin, secondsBefore(nowMs, this.ages.retentionSeconds));
  }
}

interface Appended {
  readonly appended: number;
  readonly again: boolean;
  /** Whether Redis answered at all: a stream that gets nothing is not always asked. */
  readonly seen: boolean;
}

function isChanged(before: StreamRecord, { top, begin, server, healing }: StreamRecord): boolean {
  const moved = compareEntryIds(before.top, top) !== 0 || compareEntryIds(before.begin, begin) !== 0;
  return moved || before.server !== server || before.healing !== healing;
}

function startOf({ top, begin }: StreamRecord): EntryId {
  return compareEntryIds(top, BEFORE_ALL) === 0 ? begin : top;
}

function secondsBefore(nowMs: number, seconds: number): EntryId {
  return { ms: Math.max(0, Math.floor(nowMs - seconds * 1000)), seq: 0 };
}

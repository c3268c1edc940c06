import type { Mutant } from './mutant.ts';

const RELAY = 'apps/processor/src/relay/event-relay.ts';
const RELAY_SPEC = 'apps/processor/src/relay/event-relay.spec.ts';
const COPIER = 'apps/processor/src/relay/stream-copier.ts';
const SCRIPTS = 'apps/processor/src/relay/stream-scripts.ts';
const SCRIPTS_SPEC = 'apps/processor/src/relay/result-stream.spec.ts';
const LOSS_SPEC = 'apps/processor/src/relay/stream-loss.spec.ts';
const HEAL_SPEC = 'apps/processor/src/relay/stream-heal.spec.ts';
const NEWS = 'apps/processor/src/relay/news-copier.ts';
const NEWS_SPEC = 'apps/processor/src/relay/news-copier.spec.ts';
const NUMBERING = 'libs/domain/src/migrations/1700000008100-number-events.ts';
const EVENTS_SPEC = 'libs/domain/src/streams/event-page.spec.ts';

/** Every event on its stream, in order, and the apps' groups where they were. */
export const STREAM_MUTANTS: readonly Mutant[] = [
  {
    name: 'compare-in-the-append',
    guards: 'a relay appends only where the stream is as it expects',
    file: SCRIPTS,
    find: 'if at ~= ARGV[1] then return {0, at, server(), groups()} end',
    spec: SCRIPTS_SPEC,
  },
  {
    name: 'lock-of-the-relay',
    guards: 'one relay at a time works on the streams',
    file: RELAY,
    find: 'if (!(await takeLock(em))) return null;',
    spec: RELAY_SPEC,
    test: 'leaves the streams to another relay',
  },
  {
    name: 'lock-of-the-numbering',
    guards: 'one process at a time gives entry ids',
    file: NUMBERING,
    find: "IF NOT pg_try_advisory_xact_lock(hashtext('loomi event numbering')) THEN RETURN; END IF;",
    spec: EVENTS_SPEC,
    test: 'another process that is at it',
  },
  {
    name: 'rising-entry-ids',
    guards: 'entry ids rise though the clock goes back',
    file: NUMBERING,
    find: 'IF now_ms > head_ms THEN',
    replace: 'IF true THEN',
    spec: EVENTS_SPEC,
    test: 'though the clock goes back',
  },
  {
    name: 'order-of-entry-ids',
    guards: 'events are numbered in the order in which they happened',
    file: NUMBERING,
    find: 'ORDER BY e.position LIMIT most',
    replace: 'ORDER BY e.position DESC LIMIT most',
    spec: RELAY_SPEC,
    test: 'keeps the order of an order',
  },
  {
    name: 'numbered-above-a-stranger',
    guards: "what was not on the stream yet stands above a stranger's entry",
    file: 'libs/domain/src/streams/event-numbering.ts',
    find: 'if (!waiting.some(({ below }) => below)) {',
    replace: 'if (waiting.length >= 0) {',
    spec: 'apps/processor/src/relay/stream-strangers.spec.ts',
  },
  {
    name: 'news-follow-what-is-there',
    guards: 'what another relay numbered is not passed over',
    file: 'libs/domain/src/streams/event-numbering.ts',
    find: '[...others, ...(numbered ?? [])]',
    replace: '(numbered ?? [])',
    spec: NEWS_SPEC,
    test: 'had only numbered',
  },
  {
    name: 'first-entries-by-a-look',
    guards: 'the groups of a stream without an entry come back',
    file: NEWS,
    find: 'if (news.some(({ record }) => compareEntryIds(record.top, BEFORE_ALL) === 0)) return null;',
    spec: NEWS_SPEC,
    test: 'wiped before it had any',
  },
  {
    name: 'news-give-way',
    guards: 'nothing is appended to streams that another relay looks at',
    file: RELAY,
    find: 'numbering.nobodyLooks || !isNews(numbering)',
    replace: 'numbering.count >= 0',
    spec: NEWS_SPEC,
    test: 'left to a relay that looks',
  },
  {
    name: 'news-leave-a-heal',
    guards: 'the record of a heal is written by whoever heals',
    file: NEWS,
    find: ' AND NOT t.healing',
    spec: NEWS_SPEC,
    test: 'leave a heal',
  },
  {
    name: 'look-without-news',
    guards: 'a loss is found though there is nothing to send',
    file: RELAY,
    find: 'const isDue = performance.now() >= this.lookAt;',
    replace: 'const isDue = count > 0 && performance.now() >= this.lookAt;',
    spec: NEWS_SPEC,
    test: 'nothing to send',
  },
  {
    name: 'loss-is-noticed',
    guards: 'a stream that is behind is completed again',
    file: COPIER,
    find: 'if (compareEntryIds(top, record.top) < 0) await this.lose(em, record, top, lost, pass);\n      else record.top = top;',
    replace: 'record.top = laterOf(record.top, top);',
    spec: RELAY_SPEC,
    test: 'old snapshot',
  },
  {
    name: 'snapshot-of-the-groups',
    guards: 'the place of every group is known',
    file: COPIER,
    find: 'await this.groups.snapshot(em, stream, record, look);',
    spec: LOSS_SPEC,
    test: 'a group stands where it stood',
  },
  {
    name: 'groups-put-back',
    guards: 'after a loss every group stands where it stood',
    file: COPIER,
    find: 'if (record.healing) await this.groups.putGroupsBack(stream, record);',
    spec: LOSS_SPEC,
    test: 'a group stands where it stood',
  },
  {
    name: 'pending-put-back',
    guards: 'after a loss a group has what it had not acknowledged',
    file: COPIER,
    find: 'await this.groups.putPendingBack(em, stream, record)',
    replace: '0',
    spec: LOSS_SPEC,
    test: 'a group stands where it stood',
  },
  {
    name: 'groups-not-set-back',
    guards: 'a group that has moved on is not set back',
    file: SCRIPTS,
    find: 'if not before(group[2], ARGV[2]) then return 0 end',
    spec: SCRIPTS_SPEC,
  },
  {
    name: 'no-snapshot-while-healing',
    guards: 'the remains of a loss do not overwrite what makes it good',
    file: COPIER,
    find: 'if (record.healing) return this.finishHeal(em, stream, record, lost);',
    spec: HEAL_SPEC,
  },
  {
    name: 'begin-of-an-emptied-stream',
    guards: 'what a group has not read comes back however old',
    file: COPIER,
    find: 'begin = earlierOf(begin, parseEntryId(lastDelivered) ?? begin);',
    also: [{ file: COPIER, find: 'if (oldest) begin = earlierOf(begin, justBefore(oldest));' }],
    spec: LOSS_SPEC,
    test: 'older than the hour',
  },
  {
    name: 'page-on-the-shared-stream',
    guards: "the payer's page is not on the stream that every app reads",
    file: 'apps/processor/src/relay/stream-events.ts',
    find: "appId !== null && kind === 'payment'",
    replace: "kind === 'payment'",
    spec: RELAY_SPEC,
    test: 'field by field',
  },
  {
    name: 'unacknowledged-wake-ups',
    guards: 'a wake-up is acknowledged only once the lease is held',
    file: 'libs/domain/src/streams/task-consumer.ts',
    find: 'await handle(ids);',
    replace: 'await handle(ids).catch(() => undefined);',
    spec: 'libs/domain/src/streams/task-streams.spec.ts',
    test: 'could not be leased',
  },
  {
    name: 'sent-again-in-a-cluster',
    guards: 'a command that was under way when its connection was lost is not sent again',
    file: 'libs/platform/src/redis/cluster.ts',
    find: 'retryDelayOnFailover: 0',
    replace: 'retryDelayOnFailover: 100',
    spec: 'libs/platform/src/redis/cluster.spec.ts',
    test: 'under way when the connection was lost',
  },
];

import type { EventRow, Rows } from './books.ts';
import { Inquest, type Findings, type Heard, type Verdict } from './findings.ts';
import { REDIS_LOSSES } from './strikes.ts';

const RECOVERY_MS = 10_000;

/** G5: every transition is an event, and every event reaches its app, in its order's order, under one id. */
export function judgeEvents(findings: Findings): Verdict {
  const { rows, heard, onStream, pages, log } = findings;
  const inquest = new Inquest();
  checkChains(inquest, rows);
  for (const event of rows.events) {
    inquest.check(event.entry_id !== null, () => `event ${event.id} of ${event.subject_id} never got its number`);
    if (event.recent) inquest.check(onStream.has(`${event.kind} ${event.entry_id}`), () => `event ${event.id} of ${event.subject_id} is not on the stream (${event.entry_id})`);
  }
  for (const one of heard) checkHeard(inquest, one, rows.events.filter(({ app_id: app, kind }) => app === one.appId && kind === one.kind));
  for (const [appId, page] of pages) {
    const [told, happened] = [page, rows.events.filter((event) => event.app_id === appId)].map((list) => list.length);
    const known = new Set(page.map(({ event_id: id }) => id));
    const missing = rows.events.filter((event) => event.app_id === appId && !known.has(event.id));
    inquest.check(missing.length === 0 && told === happened, () => `GET /events gives ${told} of ${happened} events of ${appId}, without ${missing.slice(0, 3).map(({ id }) => id).join(', ')}`);
  }
  for (const { guarantee, what } of findings.told.broken) if (guarantee === 'G5') inquest.check(false, () => what);
  return inquest.verdict('G5', 'every transition reaches the stream', log.count(...REDIS_LOSSES, 'redis restart', 'kill processor', 'kill both processors'));
}

/** The events of an order tell its way from pending to where it stands, without a gap. */
function checkChains(inquest: Inquest, { payments, refunds, events }: Rows): void {
  const chains = Map.groupBy(events, (event) => event.subject_id);
  for (const { id, status } of [...payments, ...refunds]) {
    const chain = chains.get(id) ?? [];
    const told = ['pending', ...chain.map(({ fields }) => fields.new_status)];
    const before = chain.map(({ fields }) => fields.old_status);
    const whole = before.every((old, place) => old === told[place]) && chain.every(({ seq }, place) => seq === place + 1);
    inquest.check(whole && told.at(-1) === status, () => `${id} is ${status}, and its events tell ${told.join(' > ')}`);
  }
}

function checkHeard(inquest: Inquest, { appId, entries, pending }: Heard, events: readonly EventRow[]): void {
  const first = new Map<string, number>();
  for (const [place, entry] of entries.entries()) {
    const id = entry.event_id ?? '';
    const before = first.get(id);
    if (before === undefined) first.set(id, place);
    else inquest.check(JSON.stringify(entries[before]) === JSON.stringify(entry), () => `event ${id} came to ${appId} twice, and not the same`);
  }
  const lastPlace = new Map<string, number>();
  for (const event of events) {
    const place = first.get(event.id);
    const waits = event.entry_id !== null && pending.has(event.entry_id);
    inquest.check(place !== undefined || waits, () => `event ${event.id} (${event.fields.old_status} > ${event.fields.new_status} of ${event.subject_id}, ${event.entry_id}) never came to ${appId}`);
    if (place === undefined) continue;
    inquest.check(place > (lastPlace.get(event.subject_id) ?? -1), () => `event ${event.id} came to ${appId} before an earlier one of ${event.subject_id}`);
    lastPlace.set(event.subject_id, place);
    inquest.check(sameFields(event, entries[place] ?? {}), () => `event ${event.id} came to ${appId} changed: ${JSON.stringify(entries[place])}`);
  }
}

/** An app's own stream tells the page's address as well. */
function sameFields(event: EventRow, entry: Readonly<Record<string, string>>): boolean {
  return Object.entries(event.fields).every(([name, value]) => entry[name] === value);
}

/** G6: what was acknowledged to Lakala is kept and applied, and its repeats changed nothing. */
export function judgeNotifications({ rows, ledger, sent, log }: Findings): Verdict {
  const inquest = new Inquest();
  const kept = new Map([...Map.groupBy(rows.notifications, (one) => one.out_order_no)].map(([no, list]) => [no, list.length]));
  for (const { out_order_no: number, notifications } of ledger) {
    const have = kept.get(number) ?? 0;
    inquest.check(have >= notifications.acknowledged, () => `of ${number} ${notifications.acknowledged} notifications were acknowledged and ${have} kept`);
  }
  for (const { kind, outOrderNo, acknowledged } of sent) {
    if (acknowledged) inquest.check(kept.has(outOrderNo), () => `a notification (${kind}) of ${outOrderNo} was acknowledged and is not kept`);
  }
  for (const { out_order_no: number, applied } of rows.notifications) inquest.check(applied, () => `a notification of ${number} was kept and never applied`);
  inquest.check(rows.notificationKeys === rows.notifications.length, () => `${rows.notifications.length} notifications were kept under ${rows.notificationKeys} keys`);
  const repeats = ledger.reduce((sum, { notifications: { deliveries, made } }) => sum + Math.max(0, deliveries - made), 0);
  return inquest.verdict('G6', 'a notification acknowledged is kept', repeats + log.count('kill api', 'kill both apis'));
}

/** G7: Redis is disposable; what it lost is there again soon, and orders were accepted meanwhile. */
export function judgeRedis({ recoveries, told, log }: Findings): Verdict {
  const inquest = new Inquest();
  for (const { kind, ms, crowding } of recoveries) {
    // On a machine that is shared with others everything takes as many times as long.
    const limitMs = RECOVERY_MS * Math.max(1, crowding);
    inquest.check(ms <= limitMs, () => `${kind}: made good only after ${ms} ms, where ${Math.round(limitMs)} ms are the limit`);
  }
  for (const attempt of told.creates) {
    const { fromMs, toMs, replica, status } = attempt;
    if (log.hitting('redis', fromMs, toMs).length === 0 || isHindered(log, attempt)) continue;
    inquest.check(status === 202, () => `without Redis a create at ${replica} (${Math.round(fromMs)} to ${Math.round(toMs)} ms) was answered ${status}`);
  }
  return inquest.verdict('G7', 'Redis is disposable', log.count(...REDIS_LOSSES));
}

/** After what hit the API or the database there is a moment in which a request may still fail. */
const AFTERMATH_MS = 4_000;

/** Whether something struck that may cost a request to this replica its answer. */
export function isHindered(log: Findings['log'], { fromMs, toMs, replica }: { fromMs: number; toMs: number; replica: string }): boolean {
  return ['postgres', replica].some((part) => log.hitting(part, fromMs - AFTERMATH_MS, toMs).some(({ parts }) => !parts.every((hit) => hit.endsWith('>redis'))));
}

import type { Entry, GuideConsumer } from '../e2e/guide-consumer.ts';
import type { World } from '../e2e/world.ts';
import { until } from '../stack/until.ts';

const LONGEST_MS = 120_000;

interface Event {
  id: string;
  subject: string;
  fields: Entry;
}

/** Waits until the consumer has heard every event its app has on this stream so far. */
export async function everythingHeard(world: World, consumer: GuideConsumer, stream: string): Promise<void> {
  let missing: Event[] = [];
  const look = async (): Promise<boolean> => {
    const heard = new Set(consumer.entries.map((entry) => entry.event_id));
    missing = (await eventsOf(world, stream)).filter(({ id }) => !heard.has(id));
    return missing.length === 0;
  };
  await until(`every event of ${stream} to be heard`, LONGEST_MS, look).catch((error: unknown) => {
    throw new Error(`${String(error)}; ${missing.length} were not: ${JSON.stringify(missing.slice(0, 3))}`);
  });
}

/** What is wrong with what the consumer heard: an event that came changed, or before an earlier one of its order. */
export async function complaints(world: World, consumer: GuideConsumer, stream: string): Promise<string[]> {
  const events = await eventsOf(world, stream);
  const known = new Map(events.map((event) => [event.id, event]));
  const firstPlace = new Map<string, number>();
  const found: string[] = [];
  for (const [place, entry] of consumer.entries.entries()) {
    const event = known.get(entry.event_id ?? '');
    if (event === undefined) found.push(`nobody recorded ${JSON.stringify(entry)}`);
    else if (Object.entries(event.fields).some(([name, value]) => entry[name] !== value)) found.push(`event ${event.id} came as ${JSON.stringify(entry)}`);
    if (event && !firstPlace.has(event.id)) firstPlace.set(event.id, place);
  }
  for (const [subject, chain] of Map.groupBy(events, (event) => event.subject)) {
    const places = chain.map(({ id }) => firstPlace.get(id) ?? -1);
    if (places.some((place, at) => at > 0 && place < (places[at - 1] ?? 0))) found.push(`the events of ${subject} came as ${places.join(', ')}`);
  }
  return found;
}

/** In the order of each order's moves. */
async function eventsOf(world: World, stream: string): Promise<Event[]> {
  const { rows } = await world.books.query<Event>(
    `SELECT id, subject_id AS subject, fields FROM events WHERE kind || '_results' = $1 AND app_id = $2 ORDER BY subject_id, seq`,
    [stream.split(':')[0], world.stack.appId],
  );
  return rows;
}

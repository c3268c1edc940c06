import { Connections } from './connections.ts';
import type { Measurement, Overload, OverloadJob, Span } from './jobs.ts';
import { measurementOf } from './measurement.ts';
import type { Hit } from './shot.ts';
import { createShot, notificationShot, orderName } from './shots.ts';
import { signedMessages } from './signed-messages.ts';
import { actsIn, steadily } from './steady.ts';

/** Whoever waits holds one: with fewer than can wait, the queue would be here and not at the service. */
const CONNECTIONS = 1_024;
const LAKALAS_CONNECTIONS = 64;

interface Ended {
  name: string;
  ms: number;
  /** Whether it is past the warm-up. */
  counts: boolean;
}

/**
 * Offers more creates than the service can take, whatever becomes of them: each is to be accepted, or refused with a word
 * of when to come again. Rejects at any other answer, and where a single notification is not kept.
 */
export async function overload(job: OverloadJob): Promise<Overload> {
  const [apps, lakala] = await Promise.all([Connections.open(job.url, CONNECTIONS), Connections.open(job.url, LAKALAS_CONNECTIONS)]);
  const ended: Record<'accepted' | 'refused', Ended[]> = { accepted: [], refused: [] };
  const warm = Math.floor(job.perSecond * job.warmSeconds);
  const create = async (index: number, dueMs: number): Promise<number> => {
    const name = orderName(job.prefix, index);
    const fate = fateOf(name, await apps.send(createShot(job.caller, name)));
    const ms = performance.now() - dueMs;
    ended[fate].push({ name, ms, counts: index >= warm });
    return ms;
  };
  try {
    const [notifications] = await Promise.all([notify(lakala, job), steadily(job, create)]);
    const [accepted, refused] = [measured(ended.accepted, job), measured(ended.refused, job)];
    if (accepted === null) throw new Error('nothing was accepted');
    return {
      accepted,
      refused,
      acceptedNames: ended.accepted.map(({ name }) => name),
      refusedNames: ended.refused.map(({ name }) => name),
      notifications,
    };
  } finally {
    await Promise.all([apps.close(), lakala.close()]);
  }
}

function fateOf(name: string, { status, hasRetryAfter }: Hit): 'accepted' | 'refused' {
  if (status === 202) return 'accepted';
  if (status === 503 && hasRetryAfter) return 'refused';
  throw new Error(`${name} was answered with ${status}${status === 503 ? ', without Retry-After' : ''}`);
}

async function notify(lakala: Connections, job: OverloadJob): Promise<Measurement> {
  const pace = { perSecond: job.notificationsPerSecond, warmSeconds: job.warmSeconds, seconds: job.seconds };
  const messages = await signedMessages({ keyFile: job.keyFile, prefix: job.prefix, count: actsIn(pace) });
  return steadily(pace, async (index, dueMs) => {
    const message = messages[index];
    if (message === undefined) throw new Error('there are fewer messages than notifications to be sent');
    const { status } = await lakala.send(notificationShot(message));
    if (status !== 200) throw new Error(`a notification was answered with ${status}`);
    return performance.now() - dueMs;
  });
}

function measured(all: readonly Ended[], { seconds }: Span): Measurement | null {
  const durationsMs = all.filter(({ counts }) => counts).map(({ ms }) => ms);
  return durationsMs.length === 0 ? null : measurementOf(durationsMs, seconds * 1_000);
}

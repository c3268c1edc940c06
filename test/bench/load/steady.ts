import { setTimeout as delay } from 'node:timers/promises';
import type { Measurement, Span } from './jobs.ts';
import { measurementOf } from './measurement.ts';

const TICK_MS = 1;

/**
 * Begins so many acts a second, whatever becomes of the earlier ones, and measures them by what each gives: its
 * milliseconds. `dueMs` is when it should have begun: counted from there, nothing hides behind an act that was slow.
 */
export async function steadily(
  { perSecond, warmSeconds, seconds }: Span & { perSecond: number },
  act: (index: number, dueMs: number) => Promise<number>,
): Promise<Measurement> {
  const count = Math.floor(perSecond * (warmSeconds + seconds));
  const warm = Math.floor(perSecond * warmSeconds);
  const durationsMs: number[] = [];
  const acts: Promise<void>[] = [];
  let failure: Error | undefined;
  const beganMs = performance.now();
  const begin = async (index: number): Promise<void> => {
    try {
      const durationMs = await act(index, beganMs + (index * 1_000) / perSecond);
      if (index >= warm) durationsMs.push(durationMs);
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error));
    }
  };
  while (acts.length < count && failure === undefined) {
    const due = Math.min(count, Math.floor(((performance.now() - beganMs) * perSecond) / 1_000) + 1);
    while (acts.length < due) acts.push(begin(acts.length));
    await delay(TICK_MS);
  }
  await Promise.all(acts);
  if (failure !== undefined) throw failure;
  return measurementOf(durationsMs, seconds * 1_000);
}

/** How many acts {@link steadily} begins. */
export function actsIn({ perSecond, warmSeconds, seconds }: Span & { perSecond: number }): number {
  return Math.floor(perSecond * (warmSeconds + seconds));
}

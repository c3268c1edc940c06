import type { Struck } from './strikes.ts';

/** Notes what struck and when, and says it as it happens. */
export class FaultLog {
  readonly struck: Struck[] = [];
  readonly #startedAt = performance.now();
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Milliseconds since the run began. */
  now(): number {
    return performance.now() - this.#startedAt;
  }

  note(line: string): void {
    this.#say(`[${(this.now() / 1000).toFixed(1).padStart(6)} s] ${line}`);
  }

  /** Strikes while the work lasts, whether it ends well or not. */
  async during<T>(kind: string, parts: readonly string[], work: () => Promise<T>, detail = ''): Promise<T> {
    const entry: Struck = { kind, parts, fromMs: this.now(), toMs: Infinity };
    this.struck.push(entry);
    this.note(`${kind}: ${[...parts, detail].filter(Boolean).join(', ')}`);
    try {
      return await work();
    } finally {
      entry.toMs = this.now();
    }
  }

  count(...kinds: readonly string[]): number {
    return this.struck.filter(({ kind }) => kinds.includes(kind)).length;
  }

  /** Those that lasted at some moment of the given time and hit a part that the name begins with. */
  hitting(part: string, fromMs: number, toMs: number): Struck[] {
    return this.struck.filter((one) => one.fromMs < toMs && one.toMs > fromMs && one.parts.some((hit) => hit.startsWith(part)));
  }
}

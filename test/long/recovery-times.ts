import { availableParallelism, loadavg } from 'node:os';

const RECOVERY_MS = 10_000;

/** How long Redis took to be whole again, run by run. */
export class RecoveryTimes {
  readonly #runs: { kind: string; ms: number; crowding: number }[] = [];

  add(kind: string, ms: number): void {
    // Programs that want each processor of this machine; 1 or less: each had what it wanted.
    this.#runs.push({ kind, ms: Math.round(ms), crowding: (loadavg()[0] ?? 0) / availableParallelism() });
  }

  /** Runs beyond what G7 promises. On a machine that is shared with others everything takes as many times as long. */
  get tooSlow(): string[] {
    return this.#runs.filter(({ ms, crowding }) => ms > RECOVERY_MS * Math.max(1, crowding)).map(worded);
  }

  print(title: string): void {
    const sorted = this.#runs.map(({ ms }) => ms).sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)];
    console.log(`${title}: ${sorted.length} runs, median ${median} ms, max ${sorted.at(-1)} ms\n${this.#runs.map(worded).join('\n')}`);
  }
}

function worded({ kind, ms, crowding }: { kind: string; ms: number; crowding: number }): string {
  return `  ${kind}: ${ms} ms (${crowding.toFixed(1)} programs a processor)`;
}

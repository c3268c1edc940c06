import type { ProcessorRegister } from '../processor-register.js';

const EVERY_MS = 15_000;
/** How soon another one takes over when the eldest is gone from the register. */
const WAIT_FOR_TURN_MS = 2_000;
// However much stands open, looking at it costs no more than a twentieth of one connection's time.
const REST_FOR_WORK = 20;
const LONGEST_REST_MS = 120_000;

/** Something that the survey looks at and shows in gauges of its own. */
export interface Surveyor {
  look(): Promise<void>;
  /** Shows nothing: what is not known is left out rather than kept as it was. */
  forget(): void;
}

/** Looks at what is shared by all processors, for the metrics; the eldest of them does, so that it costs once. */
export class Survey {
  private tookMs = 0;

  constructor(
    private readonly register: Pick<ProcessorRegister, 'isEldest'>,
    private readonly surveyors: readonly Surveyor[],
  ) {}

  /** Milliseconds until the next look. */
  get restMs(): number {
    if (!this.register.isEldest) return WAIT_FOR_TURN_MS;
    return Math.min(LONGEST_REST_MS, Math.max(EVERY_MS, this.tookMs * REST_FOR_WORK));
  }

  /** One look by each surveyor, also where another one fails; rejects then. */
  async runOnce(): Promise<number> {
    if (!this.register.isEldest) {
      for (const surveyor of this.surveyors) surveyor.forget();
      return 0;
    }
    const began = performance.now();
    const failures: unknown[] = [];
    for (const surveyor of this.surveyors) {
      try {
        await surveyor.look();
      } catch (error) {
        surveyor.forget();
        failures.push(error);
      }
    }
    this.tookMs = performance.now() - began;
    if (failures.length > 0) throw failures[0];
    return 0;
  }
}

import { randomInt } from 'node:crypto';
import { CODES, IN_DOUBT_CODES } from './answer.ts';
import type { Endpoint } from './endpoints.ts';
import {
  CALL_FAULTS,
  REFUND_STATE_FAULTS,
  type Fault,
  type FaultSettings,
  type FaultTarget,
} from './fault-settings.ts';
import type { RefundState } from './ledger-records.ts';
import type { Ledger } from './ledger.ts';
import { generator, type Generator } from './random.ts';
import { Throughput } from './throughput.ts';

export type CallFault = (typeof CALL_FAULTS)[number];

/** What becomes of one call. */
export interface CallPlan {
  fault: CallFault | null;
  deed: boolean;
  delayMs: number;
  code: string;
}

export interface RefundPlan {
  state: RefundState;
  becomes: 'SUCCESS' | 'FAIL' | null;
  afterMs: number;
}

export interface NotificationPlan {
  lost: boolean;
  delayMs: number;
  heldMs: number | null;
  repeatAfterMs: number | null;
}

/** Whether the deed is done where the settings do not say: null is "either", by the generator. */
const DEED: Record<CallFault, boolean | null> = {
  droppedBefore: false,
  droppedAfter: true,
  neverAnswered: null,
  http500: null,
  inDoubtCode: null,
  unsigned: true,
  wrongSignature: true,
  otherOrder: true,
};

const REFUND_STATES: Record<(typeof REFUND_STATE_FAULTS)[number], RefundState> = {
  stateInit: 'INIT',
  stateProcessing: 'PROCESSING',
  stateTimeout: 'TIMEOUT',
  stateException: 'EXCEPTION',
  stateFail: 'FAIL',
};

const DEFAULT_SLOW_MS = 2000;
/** Long enough that a client sees the state that is not final, short enough for a test to see the end. */
const DEFAULT_REFUND_SETTLES_MS = 3000;

/** Decides what goes wrong. Each target draws from a generator of its own, so calls to one do not shift another's. */
export class Faults {
  private readonly ledger: Ledger;
  private generators = new Map<string, Generator>();
  private readonly throughput = new Throughput();

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  set(settings: FaultSettings): void {
    this.ledger.record({ t: 'faults', settings });
    this.generators = new Map();
  }

  forCall(endpoint: Endpoint): CallPlan {
    const random = this.generatorOf(endpoint);
    const coin = random() < 0.5;
    const pick = random();
    const struck = this.strikes(endpoint, CALL_FAULTS);
    const { capacity } = this.ledger.faults;
    const isOverloaded = capacity !== undefined && !this.throughput.admits(capacity);
    const [name, fault] = struck ?? [isOverloaded ? 'neverAnswered' : null, undefined];
    const slow = this.strikes(endpoint, ['slow'] as const)?.[1];
    return {
      fault: name,
      deed: name === null ? true : (fault?.deed ?? DEED[name] ?? coin),
      delayMs: slow === undefined ? 0 : (slow.ms ?? DEFAULT_SLOW_MS),
      code: fault?.code ?? IN_DOUBT_CODES[Math.floor(pick * IN_DOUBT_CODES.length)] ?? CODES.success,
    };
  }

  forRefund(): RefundPlan {
    const struck = this.strikes('refund', REFUND_STATE_FAULTS);
    if (struck === null) return { state: 'SUCCESS', becomes: null, afterMs: 0 };
    const [name, fault] = struck;
    if (name === 'stateFail') return { state: 'FAIL', becomes: null, afterMs: 0 };
    // An exception stays one until an operator of Lakala's looks at it, unless a test says how long.
    const stays = name === 'stateException' && fault.ms === undefined;
    const becomes = stays ? null : (fault.then ?? 'SUCCESS');
    return { state: REFUND_STATES[name], becomes, afterMs: fault.ms ?? DEFAULT_REFUND_SETTLES_MS };
  }

  forNotification(): NotificationPlan {
    const struck = (name: string): Fault | undefined => this.strikes('notification', [name])?.[1];
    const [lost, repeated, delayed, reordered] = ['lost', 'repeated', 'delayed', 'reordered'].map(struck);
    return {
      lost: lost !== undefined,
      delayMs: delayed === undefined ? 0 : (delayed.ms ?? 5000),
      heldMs: reordered === undefined ? null : (reordered.ms ?? 3000),
      repeatAfterMs: repeated === undefined ? null : (repeated.ms ?? 200),
    };
  }

  /** Draws once for every name, so that a rate changed for one does not shift the others; the first hit wins. */
  private strikes<N extends string>(target: FaultTarget, names: readonly N[]): [N, Fault] | null {
    const random = this.generatorOf(target);
    const draws = names.map((name) => ({ name, draw: random() }));
    for (const { name, draw } of draws) {
      const fault = this.ledger.faults.targets[target]?.[name];
      if (fault === undefined || draw >= fault.rate) continue;
      if (fault.times !== undefined) {
        if ((this.ledger.faultsFired.get(`${target}.${name}`) ?? 0) >= fault.times) continue;
        this.ledger.record({ t: 'fault_fired', target, fault: name });
      }
      return [name, fault];
    }
    return null;
  }

  private generatorOf(target: FaultTarget): Generator {
    let found = this.generators.get(target);
    if (found === undefined) {
      const seed = this.ledger.faults.seed ?? randomInt(2 ** 32);
      const mixed = [...target].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), seed);
      found = generator(mixed);
      this.generators.set(target, found);
    }
    return found;
  }
}

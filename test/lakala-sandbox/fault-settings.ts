import { ENDPOINTS, type Endpoint } from './endpoints.ts';

/** How often something goes wrong, and how. */
export interface Fault {
  /** Of how many cases, 0 to 1. */
  rate: number;
  /** How long, where the fault has a length. */
  ms?: number;
  /** Strikes at most this often. */
  times?: number;
  /** Whether the deed is done all the same; left out: the fault's default. */
  deed?: boolean;
  /** The code that `inDoubtCode` answers with. */
  code?: string;
  /** What a refund that is not final at first ends as. */
  then?: 'SUCCESS' | 'FAIL';
}

export type FaultTarget = Endpoint | 'notification';

/** All the faults in force. Without a seed every run draws differently. */
export interface FaultSettings {
  seed: number | null;
  /** How many calls a second are answered, all endpoints together; left out: all. */
  capacity?: number;
  targets: Partial<Record<FaultTarget, Record<string, Fault>>>;
}

export const NO_FAULTS: FaultSettings = { seed: null, targets: {} };

/** In the order in which they are drawn: the first that strikes is the one. `slow` comes on top of any of them. */
export const CALL_FAULTS = [
  'droppedBefore',
  'droppedAfter',
  'neverAnswered',
  'http500',
  'inDoubtCode',
  'unsigned',
  'wrongSignature',
  'otherOrder',
] as const;
export const REFUND_STATE_FAULTS = [
  'stateInit',
  'stateProcessing',
  'stateTimeout',
  'stateException',
  'stateFail',
] as const;
export const NOTIFICATION_FAULTS = ['lost', 'repeated', 'delayed', 'reordered'] as const;

const TARGETS: readonly FaultTarget[] = [...ENDPOINTS, 'notification'];
const LONGEST_MS = 86_400_000;
const MOST_CAPACITY = 1_000_000;

export function faultNames(target: FaultTarget): readonly string[] {
  if (target === 'notification') return NOTIFICATION_FAULTS;
  const names = [...CALL_FAULTS, 'slow'];
  return target === 'refund' ? [...names, ...REFUND_STATE_FAULTS] : names;
}

/** What may stand beside `rate` in a fault of this name. */
function optionsOf(name: string): readonly string[] {
  const options = ['rate', 'times'];
  if (
    [
      'slow',
      'delayed',
      'reordered',
      'repeated',
      'stateInit',
      'stateProcessing',
      'stateTimeout',
      'stateException',
    ].includes(name)
  ) {
    options.push('ms');
  }
  if (['neverAnswered', 'http500', 'inDoubtCode', 'unsigned', 'wrongSignature', 'otherOrder'].includes(name))
    options.push('deed');
  if (name === 'inDoubtCode') options.push('code');
  if (['stateInit', 'stateProcessing', 'stateTimeout', 'stateException'].includes(name)) options.push('then');
  return options;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isWhole = (value: unknown, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;

const OPTION_CHECKS: Record<string, { holds: (value: unknown) => boolean; expected: string }> = {
  rate: { holds: (value) => typeof value === 'number' && value >= 0 && value <= 1, expected: 'a number from 0 to 1' },
  ms: { holds: (value) => isWhole(value, LONGEST_MS), expected: `a whole number from 0 to ${LONGEST_MS}` },
  times: { holds: (value) => isWhole(value, 1e9), expected: 'a whole number' },
  deed: { holds: (value) => typeof value === 'boolean', expected: 'true or false' },
  code: {
    holds: (value) => typeof value === 'string' && /^\w{1,20}$/.test(value),
    expected: 'a code of letters and digits',
  },
  then: { holds: (value) => value === 'SUCCESS' || value === 'FAIL', expected: '"SUCCESS" or "FAIL"' },
};

function parseFault(path: string, name: string, given: unknown, errors: string[]): Fault {
  const fault = typeof given === 'number' ? { rate: given } : given;
  if (!isObject(fault)) {
    errors.push(`${path}: expected a rate from 0 to 1, or an object with "rate"`);
    return { rate: 0 };
  }
  if (!('rate' in fault)) errors.push(`${path}.rate: is required`);
  for (const [option, value] of Object.entries(fault)) {
    const check = optionsOf(name).includes(option) ? OPTION_CHECKS[option] : undefined;
    if (check === undefined) errors.push(`${path}.${option}: unknown; known here are ${optionsOf(name).join(', ')}`);
    else if (!check.holds(value)) errors.push(`${path}.${option}: expected ${check.expected}`);
  }
  return fault as unknown as Fault;
}

/** Reads the body of `PUT /control/faults`: the settings, or everything that is wrong with it. */
export function parseFaultSettings(body: unknown): { settings: FaultSettings } | { errors: string[] } {
  if (!isObject(body)) return { errors: ['expected a JSON object'] };
  const errors: string[] = [];
  const settings: FaultSettings = { seed: null, targets: {} };
  for (const [key, value] of Object.entries(body)) {
    const target = TARGETS.find((known) => known === key);
    if (key === 'seed') {
      if (value === null || isWhole(value, 2 ** 32 - 1)) settings.seed = value as number | null;
      else errors.push('seed: expected a whole number from 0 to 4294967295');
    } else if (key === 'capacity') {
      if (isWhole(value, MOST_CAPACITY)) settings.capacity = value as number;
      else errors.push(`capacity: expected a whole number from 0 to ${MOST_CAPACITY}`);
    } else if (target === undefined) {
      errors.push(`${key}: unknown; known are seed, capacity, ${TARGETS.join(', ')}`);
    } else if (!isObject(value)) {
      errors.push(`${key}: expected an object of faults`);
    } else {
      settings.targets[target] = parseTarget(target, value, errors);
    }
  }
  return errors.length > 0 ? { errors } : { settings };
}

function parseTarget(target: FaultTarget, given: Record<string, unknown>, errors: string[]): Record<string, Fault> {
  const faults: Record<string, Fault> = {};
  for (const [name, value] of Object.entries(given)) {
    if (faultNames(target).includes(name)) faults[name] = parseFault(`${target}.${name}`, name, value, errors);
    else errors.push(`${target}.${name}: unknown; known here are ${faultNames(target).join(', ')}`);
  }
  return faults;
}

/** The settings as a client gives them: what `PUT` took, `GET` shows. */
export function viewFaultSettings(settings: FaultSettings): Record<string, unknown> {
  const { seed, capacity, targets } = settings;
  return { seed, ...(capacity === undefined ? {} : { capacity }), ...targets };
}

import { parseArgs } from 'node:util';

export const PLANTS = ['lost-event', 'doubled-refund', 'false-failed'] as const;
export type Plant = (typeof PLANTS)[number];

export interface ChaosOptions {
  seed: number;
  minutes: number;
  perSecond: number;
  plant: Plant | null;
  /** Only shows the schedule. */
  plan: boolean;
  /** Whether each plant turns its line red. */
  selftest: boolean;
  /** A folder to copy the programs' logs to at the end. */
  keepLogs: string | null;
}

export const USAGE = `npm run chaos -- [--seed N] [--minutes M] [--rate ORDERS_PER_SECOND] [--keep-logs FOLDER]
  --plan                shows what this seed will do, and does nothing
  --plant ${PLANTS.join('|')}   puts this wrong into the books before they are compared: its line must be red
  --selftest            a short run after which each plant in turn must turn its line red`;

/** Reads the command line; throws with what is wrong with it. */
export function readOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string', default: '2' },
      rate: { type: 'string', default: '4' },
      plant: { type: 'string' },
      plan: { type: 'boolean', default: false },
      selftest: { type: 'boolean', default: false },
      'keep-logs': { type: 'string' },
    },
  });
  const plant = PLANTS.find((known) => known === values.plant) ?? null;
  if (values.plant !== undefined && plant === null) throw new Error(`--plant is one of ${PLANTS.join(', ')}`);
  return {
    seed: numberIn('--seed', values.seed, 0, 2 ** 31),
    minutes: numberIn('--minutes', values.minutes, 0.1, 600),
    perSecond: numberIn('--rate', values.rate, 0.1, 50),
    plant,
    plan: values.plan,
    selftest: values.selftest,
    keepLogs: values['keep-logs'] ?? null,
  };
}

function numberIn(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most)) throw new Error(`${name} is a number from ${least} to ${most}`);
  return value;
}

import { parseArgs } from 'node:util';
import type { Mutant } from './mutant.ts';

export interface MutantsOptions {
  /** Shows the list and runs nothing. */
  list: boolean;
  mutants: readonly Mutant[];
}

export const USAGE = `npm run mutants -- [--only NAME]...
  --only NAME   only this mutant; may be given several times
  --list        shows every mutant and what it takes away`;

/** Reads the command line; throws with what is wrong with it. */
export function readOptions(args: readonly string[], all: readonly Mutant[]): MutantsOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { only: { type: 'string', multiple: true }, list: { type: 'boolean', default: false } },
  });
  const { only, list } = values;
  const unknown = only?.filter((name) => !all.some((mutant) => mutant.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`there is no mutant ${unknown.join(', ')}`);
  return { list, mutants: only === undefined ? all : all.filter(({ name }) => only.includes(name)) };
}

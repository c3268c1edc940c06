import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../stack/project.ts';
import { MUTANTS } from './list.ts';
import { mutated } from './mutant.ts';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s still applies, and its test is there', (_, mutant) => {
  expect(mutated(mutant, read).size).toBeGreaterThan(0);
  expect(existsSync(join(ROOT, mutant.spec))).toBe(true);
});

it('no two mutants have one name', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});

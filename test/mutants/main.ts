import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '../stack/postgres.ts';
import { ROOT } from '../stack/project.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { Jest } from './jest-run.ts';
import { MUTANTS } from './list.ts';
import { cutsOf, mutated, type Mutant } from './mutant.ts';
import { readOptions, USAGE, type MutantsOptions } from './options.ts';
import { tableOf, wordsOf, type Tried } from './report.ts';
import { TypeCheck } from './type-check.ts';
import { redOf, verdictOf, type Verdict } from './verdict.ts';
import { Workspace } from './workspace.ts';

/** Migrated by the code as it is; a mutant of a migration gets a template of its own. */
const TEMPLATE = 'loomi_template';

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Tries mutants, one at a time, in one copy of the project. */
class Bench {
  readonly #workspace: Workspace;
  readonly #jest: Jest;
  readonly #types: TypeCheck;

  constructor(workspace: Workspace, jest: Jest, mutants: readonly Mutant[]) {
    this.#workspace = workspace;
    this.#jest = jest;
    this.#types = new TypeCheck([...new Set(mutants.flatMap(cutsOf).map(({ file }) => file))]);
  }

  async try(mutant: Mutant): Promise<Verdict> {
    try {
      const texts = mutated(mutant, (file) => readFileSync(join(ROOT, file), 'utf8'));
      const wrong = this.#types.firstError(texts);
      if (wrong !== null) return { outcome: 'error', reason: `it does not compile: ${wrong}` };
      this.#workspace.write(texts);
      const migrates = [...texts.keys()].some((file) => file.includes('/migrations/'));
      const template = migrates ? `mutant_${mutant.name.replaceAll('-', '_')}` : TEMPLATE;
      return verdictOf(await this.#jest.run({ specs: [mutant.spec], test: mutant.test, template }));
    } catch (error) {
      return { outcome: 'error', reason: error instanceof Error ? error.message : String(error) };
    } finally {
      this.#workspace.restore();
    }
  }
}

/** Gives the exit code: 0 only when every mutant was killed. */
async function check(mutants: readonly Mutant[]): Promise<number> {
  const scratch = scratchFolder();
  const [workspace, postgres] = await Promise.all([
    Workspace.make(join(scratch.folder, 'project')),
    startPostgres({ dir: scratch.subfolder('postgres'), durable: false }),
  ]);
  const jest = new Jest(workspace.folder, postgres.url);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      jest.stop();
      void scratch.registry.close().finally(() => process.exit(1));
    });
  }
  const specs = [...new Set(mutants.map(({ spec }) => spec))];
  say(`${specs.length} specs with nothing removed`);
  const red = redOf(await jest.run({ specs, template: TEMPLATE }));
  if (red.length > 0) {
    for (const test of red) say(`  red: ${test}`);
    say(`0 passed, ${mutants.length} failed`);
    return 2;
  }
  const bench = new Bench(workspace, jest, mutants);
  const tried: Tried[] = [];
  for (const mutant of mutants) {
    const began = performance.now();
    const verdict = await bench.try(mutant);
    tried.push({ mutant, verdict, seconds: (performance.now() - began) / 1_000 });
    say(`  ${tried.length}/${mutants.length} ${mutant.name}: ${wordsOf(verdict)}`);
  }
  const killed = tried.filter(({ verdict }) => verdict.outcome === 'killed').length;
  for (const line of ['', ...tableOf(tried), '', `${killed} passed, ${tried.length - killed} failed`]) say(line);
  return killed === tried.length ? 0 : 1;
}

function showList(mutants: readonly Mutant[]): void {
  for (const mutant of mutants) {
    say(`${mutant.name}: ${mutant.guards}`);
    for (const { file, find, replace = '' } of cutsOf(mutant)) say(`  ${file}\n    - ${find}${replace && `\n    + ${replace}`}`);
  }
}

async function main({ list, mutants }: MutantsOptions): Promise<number> {
  if (list) {
    showList(mutants);
    return 0;
  }
  try {
    return await check(mutants);
  } finally {
    await scratchFolder().registry.close();
  }
}

let options: MutantsOptions;
try {
  options = readOptions(process.argv.slice(2), MUTANTS);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
  process.exit(2);
}
process.exitCode = await main(options).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return 2;
});

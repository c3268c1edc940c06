import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { JestReport } from './verdict.ts';

/** Start and one spec; a mutant that turns for ever must not hold up the others. */
const FIRST_SPEC_MS = 300_000;
const FURTHER_SPEC_MS = 30_000;
const TAIL_LENGTH = 600;

export interface JestRun {
  specs: readonly string[];
  /** Only tests with this in their names. */
  test?: string;
  /** The migrated database that the tests copy. */
  template: string;
}

/** Runs jest in the copy of the project. */
export class Jest {
  readonly #folder: string;
  readonly #postgresUrl: string;
  #running: AbortController | undefined;

  constructor(folder: string, postgresUrl: string) {
    this.#folder = folder;
    this.#postgresUrl = postgresUrl;
  }

  /** Gives jest's report; throws with the end of its output where it made none. */
  async run({ specs, test, template }: JestRun): Promise<JestReport> {
    const report = join(this.#folder, 'mutants-report.json');
    rmSync(report, { force: true });
    const output = await this.#spawn(
      [
        ...['--maxWorkers=1', '--ci', '--json', `--outputFile=${report}`, '--cacheDirectory', join(this.#folder, '.jest')],
        ...['--globalSetup', join(this.#folder, 'test/mutants/jest-setup.ts')],
        ...(test === undefined ? [] : ['--testNamePattern', test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')]),
        ...['--runTestsByPath', ...specs],
      ],
      FIRST_SPEC_MS + FURTHER_SPEC_MS * (specs.length - 1),
      { MUTANTS_POSTGRES_URL: this.#postgresUrl, MUTANTS_TEMPLATE: template },
    );
    if (!existsSync(report)) throw new Error(`jest made no report: ${output.trim().slice(-TAIL_LENGTH)}`);
    return JSON.parse(readFileSync(report, 'utf8')) as JestReport;
  }

  /** Ends the run under way. */
  stop(): void {
    this.#running?.abort();
  }

  #spawn(args: readonly string[], limitMs: number, env: NodeJS.ProcessEnv): Promise<string> {
    this.#running = new AbortController();
    const signal = AbortSignal.any([this.#running.signal, AbortSignal.timeout(limitMs)]);
    return new Promise((resolve, reject) => {
      const jest = join(this.#folder, 'node_modules', 'jest', 'bin', 'jest.js');
      const child = spawn(process.execPath, ['--experimental-vm-modules', '--no-warnings', jest, ...args], {
        cwd: this.#folder,
        env: { ...process.env, ...env, FORCE_COLOR: '0' },
        stdio: ['ignore', 'ignore', 'pipe'],
        signal,
      });
      let output = '';
      child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)));
      child.once('error', (error) => reject(signal.aborted ? new Error('jest was stopped before its end') : error));
      child.once('close', () => resolve(output));
    });
  }
}

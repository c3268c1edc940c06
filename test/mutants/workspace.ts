import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import swc from '@swc/core';
import { ensureBuilt } from '../stack/build.ts';
import { ROOT } from '../stack/project.ts';

/** Made anew or linked, never copied. */
const LEFT_OUT = ['node_modules', '.git', '.loomi', 'coverage'];

/** A copy of the project with a build of its own, in which lines may be missing; the project itself is never touched. */
export class Workspace {
  readonly folder: string;
  readonly #changed = new Set<string>();

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Copies the project as it stands, built, into a folder that is not there yet. */
  static async make(folder: string): Promise<Workspace> {
    await ensureBuilt();
    const copied = (path: string): boolean => dirname(path) !== ROOT || !LEFT_OUT.includes(basename(path));
    cpSync(ROOT, folder, { recursive: true, filter: copied });
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    // The fetched programs; locks stay apart.
    mkdirSync(join(folder, '.loomi'));
    symlinkSync(join(ROOT, '.loomi', 'redis-server'), join(folder, '.loomi', 'redis-server'));
    return new Workspace(folder);
  }

  /** Writes these texts over the files, and builds them. Throws where one does not compile. */
  write(texts: ReadonlyMap<string, string>): void {
    for (const [file, text] of texts) {
      this.#changed.add(file);
      writeFileSync(join(this.folder, file), text);
      this.#build(file);
    }
  }

  /** Everything as it was copied. */
  restore(): void {
    const texts = [...this.#changed].map((file) => [file, readFileSync(join(ROOT, file), 'utf8')] as const);
    this.write(new Map(texts));
    this.#changed.clear();
  }

  /** As `nest build` does it, of one file: a whole build takes longer than most specs. */
  #build(file: string): void {
    const path = join(this.folder, file);
    const options = { cwd: this.folder, configFile: join(this.folder, '.swcrc'), sourceMaps: 'inline' } as const;
    const { code } = swc.transformFileSync(path, options);
    writeFileSync(join(this.folder, 'dist', file.replace(/\.ts$/, '.js')), code);
  }
}

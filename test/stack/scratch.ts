import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessRegistry } from './process-registry.ts';

export interface Scratch {
  folder: string;
  registry: ProcessRegistry;
  /** A new folder inside, with a readable name. */
  subfolder(name: string): string;
}

let scratch: Scratch | undefined;

/**
 * A folder in the system's temporary one, and the registry of the processes started there. Both are gone when this
 * process has ended, however it ended.
 */
export function scratchFolder(): Scratch {
  scratch ??= makeScratch();
  return scratch;
}

function makeScratch(): Scratch {
  const folder = mkdtempSync(join(tmpdir(), 'loomi-test-'));
  const registry = new ProcessRegistry(join(folder, 'run'), folder);
  registry.watch();
  let count = 0;
  const subfolder = (name: string): string => {
    count += 1;
    const path = join(folder, `${count}-${name}`);
    mkdirSync(path, { mode: 0o700 });
    return path;
  };
  return { folder, registry, subfolder };
}

// Plain JavaScript, built-in modules only: it also runs before `npm ci`, under the machine's own Node.
import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What tells a process from a later one with the same number: when it started. Null when no such process runs.
 */
export function processIdentity(pid) {
  if (process.platform !== 'linux') {
    const ps = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return ps.status === 0 ? ps.stdout.trim() || null : null;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name stands in brackets and may hold anything: fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return state === 'Z' || state === 'X' ? null : `${bootId}/${startTicks}`;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return null;
    throw error;
  }
}

/**
 * Takes the lock file for this process, or says which process holds it. A lock whose holder died is taken over.
 * @returns {{ release: () => void } | { heldBy: number }}
 */
export function tryLock(file) {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const mine = `${process.pid}\n${processIdentity(process.pid)}\n`;
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    for (;;) {
      if (linked(draft, file)) return { release: () => releaseLock(file, mine) };
      const held = readIfThere(file);
      if (held === null) continue;
      const [pid, identity] = held.split('\n');
      if (identity && processIdentity(Number(pid)) === identity) return { heldBy: Number(pid) };
      removeStale(file, held);
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Like tryLock, but waits until the holder has finished. */
export async function waitForLock(file, onWait = () => {}) {
  for (let said = false; ; said = true) {
    const lock = tryLock(file);
    if ('release' in lock) return lock;
    if (!said) onWait(lock.heldBy);
    await delay(100);
  }
}

function linked(draft, file) {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function releaseLock(file, mine) {
  if (readIfThere(file) === mine) rmSync(file, { force: true });
}

/** Moves the lock away before judging it again, so that of two takers one cannot remove the other's fresh lock. */
function removeStale(file, stale) {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (readIfThere(aside) !== stale) linked(aside, file);
  rmSync(aside, { force: true });
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/** The command line of a process; empty when no such process runs. */
export function commandLine(pid) {
  if (process.platform === 'linux') return (readIfThere(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim();
  return spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { processIdentity } from './lock.mjs';
import { until } from './until.ts';

const GRACE_MS = 10_000;

/**
 * Reads our pipe to its end, which comes when this process ends, however it ends; then stops what is still noted.
 * $1: folder of the notes; $2: a folder to remove at the end, or nothing.
 */
const WATCHDOG = `
while read -r _; do :; done
each() { for note in "$1"/*.pid; do [ -e "$note" ] && read -r pid signal identity < "$note" && "$2"; done; }
ask() { kill -s "$signal" "$pid"; kill -s CONT "$pid"; }
look() {
  # One that ended and that nobody has asked about: there is nothing left to stop.
  case "$(cat "/proc/$pid/stat")" in *") Z "*) return ;; esac
  kill -0 "$pid" && alive=yes
}
end() { kill -s KILL "$pid"; }
each "$1" ask 2>/dev/null
tries=0
while [ $tries -lt ${GRACE_MS / 100} ]; do
  alive=no; each "$1" look 2>/dev/null
  [ $alive = no ] && break
  tries=$((tries + 1)); sleep 0.1
done
each "$1" end 2>/dev/null
rm -f "$1"/*.pid
# What was killed may have children that still write for a moment.
tries=0
while [ -n "$2" ] && [ -e "$2" ] && [ $tries -lt 50 ]; do
  rm -rf "$2" 2>/dev/null || sleep 0.1
  tries=$((tries + 1))
done
exit 0
`;

/**
 * Notes the processes we started in a folder, a file each. Should we die without stopping them, a small watchdog does
 * it at once, and where that was killed too, the next run finds them by `stopLeftovers`.
 */
export class ProcessRegistry {
  readonly #folder: string;
  readonly #removeAtEnd: string;
  #watchdog: ChildProcess | undefined;

  constructor(folder: string, removeAtEnd = '') {
    this.#folder = folder;
    this.#removeAtEnd = removeAtEnd;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  add(pid: number, stopSignal: NodeJS.Signals): void {
    this.watch();
    const note = `${pid} ${stopSignal.replace('SIG', '')} ${processIdentity(pid) ?? 'gone'}\n`;
    writeFileSync(join(this.#folder, `${pid}.pid`), note, { mode: 0o600 });
  }

  remove(pid: number): void {
    rmSync(join(this.#folder, `${pid}.pid`), { force: true });
  }

  /** Starts the watchdog, if it does not run yet. */
  watch(): void {
    if (this.#watchdog !== undefined) return;
    const arguments_ = ['-c', WATCHDOG, 'loomi-watchdog', this.#folder, this.#removeAtEnd];
    this.#watchdog = spawn('/bin/sh', arguments_, { cwd: '/', stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    this.#watchdog.unref();
    const pipe = this.#watchdog.stdin;
    if (pipe instanceof Socket) pipe.unref();
  }

  /** Lets the watchdog stop what is still noted, and waits for it. */
  async close(): Promise<void> {
    const watchdog = this.#watchdog;
    if (watchdog === undefined) return;
    this.#watchdog = undefined;
    const ended = once(watchdog, 'exit');
    watchdog.ref();
    watchdog.stdin?.end();
    await ended;
  }
}

/** Stops the processes that an earlier run noted and left behind. Gives how many there were. */
export async function stopLeftovers(folder: string): Promise<number> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const notes = readdirSync(folder).filter((name) => name.endsWith('.pid'));
  const stopped = await Promise.all(notes.map((name) => stopNoted(join(folder, name))));
  return stopped.filter(Boolean).length;
}

async function stopNoted(file: string): Promise<boolean> {
  const [, pidText, signal, identity] = /^(\d+) (\w+) (.+)\n$/.exec(readFileSync(file, 'utf8')) ?? [];
  const pid = Number(pidText);
  // A number that another process has by now is not ours to stop.
  const isOurs = (): boolean => identity !== undefined && processIdentity(pid) === identity;
  const found = isOurs();
  if (found) {
    process.kill(pid, `SIG${signal}` as NodeJS.Signals);
    process.kill(pid, 'SIGCONT');
    try {
      await until(`process ${pid} to end`, GRACE_MS, () => !isOurs());
    } catch {
      // It had its time: what does not end by itself is ended.
      process.kill(pid, 'SIGKILL');
      await until(`process ${pid} to be killed`, GRACE_MS, () => !isOurs());
    }
  }
  rmSync(file, { force: true });
  return found;
}

import { randomInt } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

// Below the range from which Linux and macOS take the ports of outgoing connections, so that none is in the way later.
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const MAX_TRIES = 100;
// Who is given a port listens on it only later: until then a note here, with our process's number, keeps others from it.
const NOTES = join(tmpdir(), `loomi-ports-${userInfo().uid}`);
process.on('exit', returnPorts);

/** True when nothing listens on this port of this machine. */
export async function isPortFree(port: number): Promise<boolean> {
  // Both are asked: macOS lets a listener on every address stand beside one on 127.0.0.1.
  return (await canListen(port, undefined)) && (await canListen(port, '127.0.0.1'));
}

/** A port that nothing listens on, and that no process of ours was given before. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (reserve(port) && (await isPortFree(port))) return port;
  }
  throw new Error(`No free port between ${FIRST_PORT} and ${LAST_PORT}`);
}

/** Removes the notes of this process, and of those that have ended and could not do it themselves. */
export function returnPorts(): void {
  mkdirSync(NOTES, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(NOTES)) {
    const holder = holderOf(name);
    if (holder === process.pid || (holder !== null && !isAlive(holder))) rmSync(join(NOTES, name), { force: true });
  }
}

function reserve(port: number): boolean {
  mkdirSync(NOTES, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(join(NOTES, String(port)), String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Null where the note is just being written, or was removed meanwhile. */
function holderOf(name: string): number | null {
  try {
    return Number(readFileSync(join(NOTES, name), 'utf8')) || null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The first free one of the wanted ports, else any free one. */
export async function choosePort(...wanted: number[]): Promise<number> {
  for (const port of wanted) {
    if (await isPortFree(port)) return port;
  }
  return freePort();
}

function canListen(port: number, host: string | undefined): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(false);
      else reject(error);
    });
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

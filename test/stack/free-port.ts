import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range from which Linux and macOS take the ports of outgoing connections, so that none is in the way later.
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const MAX_TRIES = 100;
// Who is given a port listens on it only later, so no other process may be given it meanwhile: each draws from its own.
const LANES = 16;
const given = new Set<number>();

/** True when nothing listens on this port of this machine. */
export async function isPortFree(port: number): Promise<boolean> {
  // Both are asked: macOS lets a listener on every address stand beside one on 127.0.0.1.
  return (await canListen(port, undefined)) && (await canListen(port, '127.0.0.1'));
}

/** A port that nothing listens on, and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const port = randomInt(FIRST_PORT / LANES, LAST_PORT / LANES) * LANES + (process.pid % LANES);
    if (given.has(port)) continue;
    given.add(port);
    if (await isPortFree(port)) return port;
  }
  throw new Error(`No free port between ${FIRST_PORT} and ${LAST_PORT}`);
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

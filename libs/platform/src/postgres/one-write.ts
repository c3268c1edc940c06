import type { Socket } from 'node:net';
import type { Client } from 'pg';

/**
 * Has what is asked in one turn of the event loop written to the server at once: each write to a socket costs the kernel more
 * than most of our statements cost us.
 */
export function writeTogether(connection: Client): void {
  const stream = connection.connection.stream as Socket;
  const query = connection.query.bind(connection) as (...call: unknown[]) => unknown;
  let isHeld = false;
  const release = (): void => {
    isHeld = false;
    stream.uncork();
  };
  const held = (...call: unknown[]): unknown => {
    if (!isHeld) {
      isHeld = true;
      stream.cork();
      // After everything that is only waiting for promises.
      process.nextTick(release);
    }
    return query(...call);
  };
  connection.query = held as Client['query'];
}

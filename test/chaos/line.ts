import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { LineFault } from './strikes.ts';

const SLOW_BY_MS = 150;
/** More than this on its way in one direction, and the sender has to wait. */
const MOST_ON_ITS_WAY = 4_194_304;

export interface Address {
  host: string;
  port: number;
}

/** Asked at each connection; what it gives hears all that the caller says there. */
export type Listener = () => (chunk: Buffer) => void;

/**
 * A TCP line from one part to another that can be cut, slowed, or fall silent, and listened to. With several ends it is
 * a small load balancer: each connection goes to the next end that answers.
 */
export class Line {
  readonly #ends: () => readonly Address[];
  readonly #listener: Listener | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #fault: LineFault | null = null;
  #mended = Promise.withResolvers<void>();
  #turn = 0;

  constructor(ends: () => readonly Address[], listener?: Listener) {
    this.#ends = ends;
    this.#listener = listener;
    this.#server = createServer((socket) => void this.#carry(socket));
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The URL with this line in the way. */
  through(url: string): string {
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String(this.port);
    return changed.href;
  }

  /** From now on; `cut` breaks what is open and refuses what comes, `silent` keeps what is said until it is mended. */
  spoil(fault: LineFault): void {
    this.#fault = fault;
    this.#mended = Promise.withResolvers<void>();
    if (fault === 'cut') this.#breakAll();
  }

  mend(): void {
    this.#fault = null;
    this.#mended.resolve();
  }

  async close(): Promise<void> {
    this.mend();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#breakAll();
    await closed;
  }

  async #carry(from: Socket): Promise<void> {
    this.#keep(from);
    if (this.#fault === 'cut') return void from.destroy();
    const to = await this.#reach();
    if (to === null || from.destroyed) {
      to?.destroy();
      from.destroy();
      return;
    }
    if (this.#listener) from.on('data', this.#listener());
    this.#pump(from, to);
    this.#pump(to, from);
  }

  /** The next end that answers; null where none does. */
  async #reach(): Promise<Socket | null> {
    const ends = this.#ends();
    this.#turn += 1;
    for (let offset = 0; offset < ends.length; offset += 1) {
      const end = ends[(this.#turn + offset) % ends.length];
      if (end === undefined) continue;
      const socket = this.#keep(connect(end));
      const connected = await new Promise<boolean>((resolve) => {
        socket.once('connect', () => resolve(true));
        socket.once('close', () => resolve(false));
      });
      if (connected) return socket;
    }
    return null;
  }

  #pump(from: Socket, to: Socket): void {
    let tail = Promise.resolve();
    let onItsWay = 0;
    from.on('data', (chunk: Buffer) => {
      const arrivedAt = performance.now();
      onItsWay += chunk.length;
      if (onItsWay > MOST_ON_ITS_WAY) from.pause();
      // One after the other, or a line that gets faster would let later words overtake earlier ones.
      tail = tail.then(async () => {
        await this.#passage(arrivedAt);
        onItsWay -= chunk.length;
        if (onItsWay <= MOST_ON_ITS_WAY) from.resume();
        if (!to.destroyed) to.write(chunk);
      });
    });
    from.on('end', () => void tail.then(() => to.end()));
    from.on('close', () => void tail.then(() => to.destroy()));
  }

  async #passage(arrivedAt: number): Promise<void> {
    if (this.#fault === 'silent') await this.#mended.promise;
    if (this.#fault === 'slow') await delay(Math.max(0, arrivedAt + SLOW_BY_MS - performance.now()));
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    // Breaking connections is what it is for; `close` follows and ends the other side.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }

  #breakAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }
}

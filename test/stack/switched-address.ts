import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** One TCP address that leads to one server at a time, as a virtual IP or a service name does. */
export class SwitchedAddress {
  #port: number;
  /** True while nobody is there to answer, nor to refuse. */
  #isDead = false;
  readonly #server: Server;
  readonly #lines = new Map<Socket, Socket | null>();

  constructor(port: number) {
    this.#port = port;
    this.#server = createServer((from) => this.#carry(from));
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** The URL by way of this address. */
  through(url: string): string {
    const changed = new URL(url);
    changed.port = String((this.#server.address() as AddressInfo).port);
    return changed.href;
  }

  /** How many clients still hold a connection that nobody answers. */
  get stranded(): number {
    return [...this.#lines.values()].filter((to) => to === null).length;
  }

  /** Whoever connects from now on comes to this port; who is connected stays as he is. */
  leadTo(port: number): void {
    this.#port = port;
    this.#isDead = false;
  }

  /** As a host that lost its power: nothing is answered, nothing is hung up, and new connections hang as well. */
  die(): void {
    this.#isDead = true;
    for (const [from, to] of this.#lines) this.#strand(from, to);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const from of this.#lines.keys()) from.destroy();
    await closed;
  }

  #carry(from: Socket): void {
    from.on('error', () => from.destroy());
    from.on('close', () => {
      this.#lines.get(from)?.destroy();
      this.#lines.delete(from);
    });
    if (this.#isDead) return this.#strand(from, null);
    const to = connect(this.#port, '127.0.0.1');
    this.#lines.set(from, to);
    to.on('error', () => to.destroy());
    to.on('close', () => {
      // A stranded client does not learn of it.
      if (this.#lines.get(from) === to) from.destroy();
    });
    from.pipe(to);
    to.pipe(from, { end: false });
  }

  #strand(from: Socket, to: Socket | null): void {
    this.#lines.set(from, null);
    from.unpipe();
    to?.unpipe();
    to?.destroy();
    from.resume();
  }
}

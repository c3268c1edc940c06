import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A line to a server that can keep what is said on it. What is sent while it holds arrives when it is let go: so a
 * request reaches the other side late, as from a machine that stood still before its call.
 */
export class HeldLine {
  readonly #target: () => string;
  readonly #server: Server;
  readonly #lines = new Set<{ from: Socket; to: Socket }>();
  #holding = false;

  /** The server's address is asked for at each connection. */
  constructor(target: () => string) {
    this.#target = target;
    this.#server = createServer((socket) => this.#carry(socket));
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Keeps what is said on every connection that is open or comes. */
  hold(): void {
    this.#holding = true;
    for (const { from, to } of this.#lines) from.unpipe(to).pause();
  }

  /** Whoever connects from now on is served; what is kept stays so. */
  serveNewcomers(): void {
    this.#holding = false;
  }

  /** Everything that is kept arrives. */
  letGo(): void {
    this.#holding = false;
    for (const { from, to } of this.#lines) from.pipe(to);
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const { from } of this.#lines) from.destroy();
    await closed;
  }

  #carry(from: Socket): void {
    const { hostname, port } = new URL(this.#target());
    const to = connect({ host: hostname, port: Number(port) });
    const line = { from, to };
    this.#lines.add(line);
    to.pipe(from);
    if (this.#holding) from.pause();
    else from.pipe(to);
    // Either end may break off: the other then is of no use.
    for (const [end, other] of [[from, to], [to, from]] as const) {
      end.on('error', () => other.destroy());
      end.on('close', () => {
        other.destroy();
        this.#lines.delete(line);
      });
    }
  }
}

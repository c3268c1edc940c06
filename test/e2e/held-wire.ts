import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What is waited for: utterances that carry all these words, one after the other; the last one is held. */
export interface HoldPoint {
  /** `COMMIT` counts on the connection of the step before it alone; every other step may come on any connection. */
  steps: readonly (readonly string[])[];
  /** The held utterance does not reach the other side, or does and its answer stays away. */
  hold: 'request' | 'answer';
}

interface Wire {
  from: Socket;
  to: Socket;
  /** What was said since the last answer. */
  said: string;
  heldRequest: Buffer[] | null;
  heldAnswer: Buffer[] | null;
  /** Tells that what was asked is done: its answer has begun to come. */
  answered: () => void;
}

interface Armed extends HoldPoint {
  done: number;
  last: Wire | null;
  struck: () => void;
}

/**
 * A line to a server, PostgreSQL or Lakala, that holds one conversation at a chosen utterance, and leaves all others
 * alone: so that a worker stands exactly before or after a step, with everything it has said so far done.
 */
export class HeldWire {
  readonly #target: () => URL;
  readonly #server: Server;
  readonly #wires = new Set<Wire>();
  #armed: Armed | null = null;

  /** The server's address is asked for at each connection. */
  constructor(target: () => URL) {
    this.#target = target;
    this.#server = createServer((socket) => this.#carry(socket));
  }

  /** The URL with this line in the way. */
  async through(url: string): Promise<string> {
    if (!this.#server.listening) {
      this.#server.listen(0, '127.0.0.1');
      await once(this.#server, 'listening');
    }
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String((this.#server.address() as AddressInfo).port);
    return changed.href;
  }

  /** Lies in wait; the promise that is given back resolves when the conversation stands at the point. */
  arm(point: HoldPoint): Promise<void> {
    return new Promise((resolve) => {
      this.#armed = { ...point, done: 0, last: null, struck: resolve };
    });
  }

  /** Everything that is held arrives; nothing is waited for any more. */
  letGo(): void {
    this.#armed = null;
    for (const wire of this.#wires) {
      const { from, to, heldRequest, heldAnswer } = wire;
      wire.heldRequest = wire.heldAnswer = null;
      for (const chunk of heldRequest ?? []) to.write(chunk);
      for (const chunk of heldAnswer ?? []) from.write(chunk);
      if (to.readableEnded) from.end();
    }
  }

  async close(): Promise<void> {
    this.letGo();
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const { from } of this.#wires) from.destroy();
    await closed;
  }

  #carry(from: Socket): void {
    const { hostname, port } = this.#target();
    const to = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    const wire: Wire = { from, to, said: '', heldRequest: null, heldAnswer: null, answered: () => undefined };
    this.#wires.add(wire);
    from.on('data', (chunk: Buffer) => this.#ask(wire, chunk));
    to.on('data', (chunk: Buffer) => this.#answer(wire, chunk));
    // The server may hang up on a conversation that is held: who is asleep hears of it when it is let go.
    to.on('end', () => wire.heldAnswer ?? wire.heldRequest ?? from.end());
    from.on('end', () => to.end());
    to.on('error', () => from.destroy());
    from.on('error', () => to.destroy());
    from.on('close', () => {
      to.destroy();
      this.#wires.delete(wire);
    });
  }

  #ask(wire: Wire, chunk: Buffer): void {
    wire.said += chunk.toString('latin1');
    const armed = this.#armed;
    const isPoint = armed !== null && this.#isNext(armed, wire);
    if (isPoint) this.#armed = null;
    if (isPoint && armed.hold === 'request') wire.heldRequest = [];
    if (isPoint && armed.hold === 'answer') {
      wire.heldAnswer = [];
      wire.answered = armed.struck;
    }
    if (wire.heldRequest) wire.heldRequest.push(chunk);
    else wire.to.write(chunk);
    if (isPoint && armed.hold === 'request') armed.struck();
  }

  #answer(wire: Wire, chunk: Buffer): void {
    wire.said = '';
    if (!wire.heldAnswer) return void wire.from.write(chunk);
    wire.heldAnswer.push(chunk);
    wire.answered();
  }

  /** Whether this utterance is the last of those waited for. */
  #isNext(armed: Armed, wire: Wire): boolean {
    const words = armed.steps[armed.done] ?? [];
    if (!words.every((word) => wire.said.includes(word))) return false;
    if (words.includes('COMMIT') && armed.last !== wire) return false;
    armed.done += 1;
    armed.last = wire;
    wire.said = '';
    return armed.done === armed.steps.length;
  }
}

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

const LENGTH_BYTES = 4;
/** Of the frontend's messages: Query and Execute run a statement, Query and Parse have its text (PostgreSQL manual, "Message Formats"). */
const RUNS_A_STATEMENT = ['Q', 'E'];
const HAS_ITS_TEXT = ['Q', 'P'];
/** In statements that come every few seconds, whatever is done meanwhile: key lookups. */
const OF_NO_ORDER = ['FROM api_keys'];

/** A line to PostgreSQL that counts the statements which go over it, `BEGIN` and `COMMIT` among them, but no regular looks. */
export class StatementCounter {
  count = 0;
  readonly #sockets = new Set<Socket>();
  readonly #target: URL;
  readonly #server = createServer((socket) => this.#carry(socket));

  private constructor(url: string) {
    this.#target = new URL(url);
  }

  static async before(url: string): Promise<StatementCounter> {
    const counter = new StatementCounter(url);
    counter.#server.listen(0, '127.0.0.1');
    await once(counter.#server, 'listening');
    return counter;
  }

  /** The server's URL by way of this line. */
  get url(): string {
    const url = new URL(this.#target.href);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #carry(socket: Socket): void {
    const target = connect(Number(this.#target.port), this.#target.hostname);
    let text = '';
    const messages = new FrontendMessages((type, body) => {
      if (HAS_ITS_TEXT.includes(type)) text = body.toString('latin1');
      if (RUNS_A_STATEMENT.includes(type) && !OF_NO_ORDER.some((words) => text.includes(words))) this.count += 1;
    });
    socket.on('data', (chunk) => messages.read(chunk));
    socket.pipe(target).pipe(socket);
    for (const end of [socket, target]) {
      this.#sockets.add(end);
      end.on('error', () => end.destroy());
      end.on('close', () => {
        socket.destroy();
        target.destroy();
        this.#sockets.delete(end);
      });
    }
  }
}

/** Cuts what a client says into messages. The first one has no type. */
class FrontendMessages {
  readonly #heard: (type: string, body: Buffer) => void;
  #rest = Buffer.alloc(0);
  #isBegun = false;

  constructor(heard: (type: string, body: Buffer) => void) {
    this.#heard = heard;
  }

  read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const typeBytes = this.#isBegun ? 1 : 0;
      if (this.#rest.length < typeBytes + LENGTH_BYTES) return;
      const end = typeBytes + this.#rest.readUInt32BE(typeBytes);
      if (this.#rest.length < end) return;
      if (this.#isBegun) this.#heard(String.fromCharCode(this.#rest[0] ?? 0), this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
      this.#isBegun = true;
    }
  }
}

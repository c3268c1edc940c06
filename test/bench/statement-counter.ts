import { Line } from '../chaos/line.ts';

const LENGTH_BYTES = 4;
/** Of the frontend's messages: Query and Execute run a statement, Query and Parse have its text (PostgreSQL manual, "Message Formats"). */
const RUNS_A_STATEMENT = ['Q', 'E'];
const HAS_ITS_TEXT = ['Q', 'P'];
/** In statements that come every few seconds, whatever is done meanwhile: key lookups. */
const OF_NO_ORDER = ['FROM api_keys'];

/** A line to PostgreSQL that counts the statements which go over it, `BEGIN` and `COMMIT` among them, but no regular looks. */
export class StatementCounter {
  count = 0;
  readonly #target: string;
  readonly #line: Line;

  private constructor(url: string) {
    this.#target = url;
    const { hostname, port } = new URL(url);
    this.#line = new Line(() => [{ host: hostname, port: Number(port) }], () => this.#counting());
  }

  static async before(url: string): Promise<StatementCounter> {
    const counter = new StatementCounter(url);
    await counter.#line.open();
    return counter;
  }

  /** The server's URL by way of this line. */
  get url(): string {
    return this.#line.through(this.#target);
  }

  close(): Promise<void> {
    return this.#line.close();
  }

  #counting(): (chunk: Buffer) => void {
    let text = '';
    const messages = new FrontendMessages((type, body) => {
      if (HAS_ITS_TEXT.includes(type)) text = body.toString('latin1');
      if (RUNS_A_STATEMENT.includes(type) && !OF_NO_ORDER.some((words) => text.includes(words))) this.count += 1;
    });
    return (chunk) => messages.read(chunk);
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

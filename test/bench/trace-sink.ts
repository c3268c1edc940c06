import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Takes traces as a collector does and keeps none, so that what they cost is the service's alone. */
export class TraceSink {
  #batches = 0;
  readonly #server: Server = createServer((request, response) => {
    this.#batches += 1;
    request.resume().on('end', () => response.setHeader('content-type', 'application/json').end('{}'));
  });

  static async start(): Promise<TraceSink> {
    const sink = new TraceSink();
    await new Promise<void>((resolve) => sink.#server.listen(0, '127.0.0.1', resolve));
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How often some were sent. */
  get batches(): number {
    return this.#batches;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

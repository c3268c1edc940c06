import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { FuzzAnswer, FuzzRequest } from './fuzz-request.ts';

const TIMEOUT_MS = 30_000;

/** Sends requests as they are: any method, header and body, which `fetch` would not. */
export class HttpExchange {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });
  readonly #url: URL;

  constructor(baseUrl: string) {
    this.#url = new URL(baseUrl);
  }

  /** Rejects where no whole answer comes. */
  async send({ method, path, headers, body }: FuzzRequest): Promise<FuzzAnswer> {
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      const { hostname, port } = this.#url;
      const asked = httpRequest({ hostname, port, method, path, headers, agent: this.#agent, timeout: TIMEOUT_MS });
      asked.on('timeout', () => asked.destroy(new Error(`no answer within ${TIMEOUT_MS} ms ${connectionOf(asked)}`)));
      asked.on('error', reject);
      asked.on('response', resolve);
      asked.end(body);
    });
    return { status: message.statusCode ?? 0, headers: message.headers, body: await buffer(message) };
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** How far an exchange got that goes no further. */
function connectionOf({ reusedSocket, socket }: ClientRequest): string {
  const kind = reusedSocket ? 'a connection used before' : 'a new connection';
  return `on ${kind}, ${socket?.bytesWritten ?? 0} bytes sent and ${socket?.bytesRead ?? 0} received on it`;
}

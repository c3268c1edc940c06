import { Client } from 'undici';
import { send, type Hit, type Shot } from './shot.ts';

const WARM_UP: Shot = { method: 'GET', path: '/health/live', headers: {}, body: null, expects: 200 };

/**
 * Connections that are open before the first request, as a load balancer keeps them: Node accepts one in each turn of its
 * event loop, so that a busy server would else be measured by that. Who finds none free waits for one, in order.
 */
export class Connections {
  readonly #clients: readonly Client[];
  readonly #free: Client[];
  readonly #waiting: ((client: Client) => void)[] = [];

  private constructor(clients: readonly Client[]) {
    this.#clients = clients;
    this.#free = [...clients];
  }

  static async open(url: string, count: number): Promise<Connections> {
    const clients = Array.from({ length: count }, () => new Client(url, { pipelining: 1 }));
    await Promise.all(clients.map((client) => send(client, WARM_UP)));
    return new Connections(clients);
  }

  async send(shot: Shot): Promise<Hit> {
    const client = this.#free.pop() ?? (await new Promise<Client>((resolve) => this.#waiting.push(resolve)));
    try {
      return await send(client, shot);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(client);
      else this.#free.push(client);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.destroy()));
  }
}

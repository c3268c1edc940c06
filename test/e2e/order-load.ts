import { setTimeout as delay } from 'node:timers/promises';
import type { AppClient } from './app-client.ts';

const WORKERS = 6;
const PAUSE_MS = 5;

export interface LoadAnswer {
  merchantOrderId: string;
  /** By `performance.now()`. */
  begunAt: number;
  /** Null where no answer came. */
  status: number | null;
}

/** Orders on and on, by whichever clients are in use, and remembers every answer. */
export class OrderLoad {
  readonly answers: LoadAnswer[] = [];
  clients: readonly AppClient[];
  readonly #running: Promise<void[]>;
  #stopped = false;

  constructor(clients: readonly AppClient[]) {
    this.clients = clients;
    this.#running = Promise.all(Array.from({ length: WORKERS }, (_, worker) => this.#order(worker)));
  }

  get accepted(): LoadAnswer[] {
    return this.answers.filter(({ status }) => status === 202);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #order(worker: number): Promise<void> {
    for (let turn = 0; !this.#stopped; turn += 1) {
      const merchantOrderId = `LOAD-${worker}-${turn}`;
      const begunAt = performance.now();
      const answer = await this.clients[turn % this.clients.length]?.create(merchantOrderId).catch(() => null);
      this.answers.push({ merchantOrderId, begunAt, status: answer?.status ?? null });
      await delay(PAUSE_MS);
    }
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosReplica } from './chaos-stack.ts';

const LOOK_EVERY_MS = 200;
const PROBE_MS = 1_000;

/** What a load balancer does: requests go to the replicas that say they are ready, in turn. */
export class Gate {
  readonly #replicas: readonly ChaosReplica[];
  readonly #ready = new Set<ChaosReplica>();
  #turn = 0;
  #stopped = false;
  #watching: Promise<unknown> = Promise.resolve();

  constructor(replicas: readonly ChaosReplica[]) {
    this.#replicas = replicas;
  }

  start(): void {
    this.#watching = Promise.all(this.#replicas.map((replica) => this.#watch(replica)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#watching;
  }

  next(): ChaosReplica {
    const choice = this.#ready.size > 0 ? [...this.#ready] : this.#replicas;
    this.#turn += 1;
    const replica = choice[this.#turn % choice.length];
    if (replica === undefined) throw new Error('there is no API');
    return replica;
  }

  async #watch(replica: ChaosReplica): Promise<void> {
    while (!this.#stopped) {
      if (await isReady(replica)) this.#ready.add(replica);
      else this.#ready.delete(replica);
      await delay(LOOK_EVERY_MS);
    }
  }
}

async function isReady({ url }: ChaosReplica): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(PROBE_MS) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    // Dead, paused or too slow: not ready.
    return false;
  }
}

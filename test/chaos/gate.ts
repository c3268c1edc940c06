import { setTimeout as delay } from 'node:timers/promises';
import type { ChaosReplica } from './chaos-stack.ts';

const LOOK_EVERY_MS = 200;
const PROBE_MS = 1_000;

/** `slow`: it did not say in time, which on a busy machine means little. */
type Standing = 'ready' | 'slow' | 'away';

/** What a load balancer does: requests go to the replicas that say they are ready, in turn; to a slow one if none does. */
export class Gate {
  readonly #replicas: readonly ChaosReplica[];
  readonly #standings = new Map<ChaosReplica, Standing>();
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
    const of = (standing: Standing): ChaosReplica[] => this.#replicas.filter((replica) => this.#standings.get(replica) === standing);
    const choice = [of('ready'), of('slow'), this.#replicas].find((replicas) => replicas.length > 0) ?? [];
    this.#turn += 1;
    const replica = choice[this.#turn % choice.length];
    if (replica === undefined) throw new Error('there is no API');
    return replica;
  }

  async #watch(replica: ChaosReplica): Promise<void> {
    while (!this.#stopped) {
      this.#standings.set(replica, await standingOf(replica));
      await delay(LOOK_EVERY_MS);
    }
  }
}

async function standingOf({ url }: ChaosReplica): Promise<Standing> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(PROBE_MS) });
    await answer.body?.cancel();
    return answer.ok ? 'ready' : 'away';
  } catch (error) {
    return error instanceof Error && error.name === 'TimeoutError' ? 'slow' : 'away';
  }
}

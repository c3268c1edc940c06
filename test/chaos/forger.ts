import { randomUUID } from 'node:crypto';
import type { ChaosStack } from './chaos-stack.ts';
import { addressOf } from '../stack/programs.ts';
import type { FaultLog } from './fault-log.ts';
import type { Forgery } from './strikes.ts';

const REPEATS = 5;
const LONG_AGO_SECONDS = 3_600;

/** What became of one made-up message. */
export interface Sent {
  kind: Forgery;
  outOrderNo: string;
  /** Null: nobody was there to answer. */
  status: number | null;
  acknowledged: boolean;
}

/** Sends what an attacker would, or a Lakala that has lost its mind: through the sandbox, past its ledger. */
export class Forger {
  readonly sent: Sent[] = [];
  readonly #stack: ChaosStack;
  readonly #log: FaultLog;

  constructor(stack: ChaosStack, log: FaultLog) {
    this.#stack = stack;
    this.#log = log;
  }

  /** Gives up quietly where the sandbox or the books are away: then nothing struck, and nothing is counted. */
  async strike(kind: Forgery): Promise<void> {
    try {
      const target = kind === 'unknown order' ? randomUUID().replaceAll('-', '') : await this.#target(kind === 'repeat');
      if (target === null) return;
      for (let turn = 0; turn < (kind === 'repeat' ? REPEATS : 1); turn += 1) await this.#send(kind, target);
      this.#log.note(`forged, ${kind}: ${target}`);
    } catch (error) {
      this.#log.note(`no forgery (${kind}): ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** An order number that Lakala knows: of a payment still open, or of one that was paid. */
  async #target(paid: boolean): Promise<string | null> {
    const { rows } = await this.#stack.books.query<{ out_order_no: string }>(
      `SELECT a.out_order_no FROM gateway_attempts a JOIN payment_orders p ON p.id = a.payment_order_id
       WHERE a.state = 'payable' AND p.status = $1 ORDER BY p.id DESC LIMIT 1`,
      [paid ? 'succeeded' : 'processing'],
    );
    return rows[0]?.out_order_no ?? null;
  }

  async #send(kind: Forgery, outOrderNo: string): Promise<void> {
    const response = await fetch(`${this.#stack.sandboxUrl}/control/notifications`, {
      method: 'POST',
      body: JSON.stringify({ out_order_no: outOrderNo, ...this.#options(kind) }),
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`the sandbox answered ${response.status}: ${await response.text()}`);
    const { received } = (await response.json()) as { received: { status: number | null; acknowledged: boolean } };
    this.sent.push({ kind, outOrderNo, status: received.status, acknowledged: received.acknowledged });
  }

  #options(kind: Forgery): object {
    switch (kind) {
      case 'wrong signature':
        return { wrongSignature: true };
      case 'no signature':
        return { unsigned: true };
      case 'stale':
        return { timestamp: Math.floor(Date.now() / 1000) - LONG_AGO_SECONDS };
      case 'wrong amount':
        return { amount: 1, order_status: '2' };
      case 'wrong merchant':
        return { merchant_no: '822000000000000', order_status: '2' };
      case 'unknown order':
        return { notify_url: `${addressOf(this.#stack.lines['lakala>api'].port)}/api/v1/webhooks/lakala`, amount: 100 };
      case 'old form':
        return { form: '2021' };
      case 'repeat':
        return {};
      default:
        return kind satisfies never;
    }
  }
}

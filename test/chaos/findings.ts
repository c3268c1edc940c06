import type { Entry } from '../e2e/guide-consumer.ts';
import type { Proofs, LedgerOrder, Rows } from './books.ts';
import type { CallCount } from './call-watch.ts';
import type { FaultLog } from './fault-log.ts';
import type { Sent } from './forger.ts';
import type { SecretSearch } from './secret-search.ts';
import type { Recovery } from './redis-watch.ts';
import type { Told } from './told.ts';

/** What one consumer was given, in the order it came. */
export interface Heard {
  appId: string;
  kind: 'payment' | 'refund';
  entries: Entry[];
  /** Entries that its group holds as delivered and not acknowledged: a reader that asks for them gets them. */
  pending: Set<string>;
  failures: number;
}

/** Everything the guarantees are judged by. */
export interface Findings {
  told: Told;
  rows: Rows;
  ledger: LedgerOrder[];
  proofs: Proofs;
  heard: Heard[];
  /** Entry ids that stand on the shared streams. */
  onStream: Set<string>;
  /** By app: what GET /events gave. */
  pages: Map<string, Record<string, string>[]>;
  log: Pick<FaultLog, 'struck' | 'count' | 'hitting'>;
  sent: Sent[];
  calls: CallCount[];
  recoveries: Recovery[];
  deployEnds: string[];
  unexpectedDeaths: string[];
  /** What was still open when the patience after the faults was over. */
  unfinished: string[];
  secrets: SecretSearch;
}

/** One guarantee's line. */
export interface Verdict {
  guarantee: string;
  what: string;
  /** How often something struck that this guarantee is about. */
  strikes: number;
  checks: number;
  evidence: string[];
}

/** Green only where something struck, something was looked at, and nothing was found. */
export function isGreen({ strikes, checks, evidence }: Verdict): boolean {
  return strikes > 0 && checks > 0 && evidence.length === 0;
}

/** Counts what it looks at, and keeps what is wrong. */
export class Inquest {
  checks = 0;
  readonly evidence: string[] = [];

  check(isRight: boolean, wrong: () => string): void {
    this.checks += 1;
    if (!isRight) this.evidence.push(wrong());
  }

  verdict(guarantee: string, what: string, strikes: number): Verdict {
    return { guarantee, what, strikes, checks: this.checks, evidence: this.evidence };
  }
}

import type { EntityManager } from 'typeorm';
import { yuanOf } from '../finance/yuan-of.js';
import { comparedLines } from './compared-lines.js';
import { DifferenceList } from './difference-list.js';
import { differencesOf, type Difference } from './line-differences.js';
import type { KeptFile, SettlementSource } from './settlement-books.js';
import { unseenMoves } from './unseen-moves.js';

export interface ReconcileWish extends Omit<SettlementSource, 'sha256'> {
  /** How near midnight a trade may be on another day at Lakala. */
  marginSeconds: number;
  /** Take the place of another file of the day. */
  replace: boolean;
  /** How many differences are shown; all are counted and recorded. */
  limit: number;
}

/** Waits for the file of another day: nobody can say yet whether it is missing or extra. */
export interface Carried {
  log_no: string;
  detail: string;
}

export interface Reconciliation {
  file: string;
  china_date: string;
  merchant_no: string | null;
  lines: number;
  /** It was read before, so nothing was read now. */
  known_file: boolean;
  /** Lines that agree with our books in everything. */
  agreeing: number;
  differences: number;
  counts: DifferenceList['counts'];
  anomalies_recorded: number;
  carried_over: number;
  shown: readonly Difference[];
  shown_carried: readonly Carried[];
}

/** One comparison of one file, and of what the days beside it carried over. */
export class Comparison {
  private readonly manager: EntityManager;
  private readonly wish: ReconcileWish;
  private readonly file: KeptFile;
  private readonly differences: DifferenceList;
  private readonly carried: Carried[] = [];
  private carriedOver = 0;
  private agreeing = 0;

  constructor(manager: EntityManager, wish: ReconcileWish, file: KeptFile) {
    this.manager = manager;
    this.wish = wish;
    this.file = file;
    this.differences = new DifferenceList(manager, wish.limit);
  }

  async run(): Promise<void> {
    await this.compareLines();
    await this.compareLinesOfTheDayBefore();
    await this.findMissing();
    await this.differences.flush();
  }

  result(known: boolean): Reconciliation {
    const { name, day, merchantNo } = this.wish;
    return {
      file: name,
      china_date: day.date,
      merchant_no: merchantNo,
      lines: this.file.lines,
      known_file: known,
      agreeing: this.agreeing,
      differences: this.differences.total,
      counts: this.differences.counts,
      anomalies_recorded: this.differences.recorded,
      carried_over: this.carriedOver,
      shown: this.differences.shown,
      shown_carried: this.carried,
    };
  }

  private async compareLines(): Promise<void> {
    const { name, day } = this.wish;
    const nextIsRead = await this.isRead(new Date(day.to));
    for await (const line of comparedLines(this.manager, this.file.id, '-infinity')) {
      const found = differencesOf(line, `${name}, line ${line.line_no}`);
      if (found.length === 0) this.agreeing += 1;
      for (const difference of found) {
        if (difference.what === 'extra' && !nextIsRead && line.traded_at.getTime() >= this.nearEnd(day.to)) {
          this.carry({ log_no: line.log_no, detail: `${difference.detail}; near midnight, so the file of the next day decides` });
        } else await this.differences.add(difference);
      }
    }
  }

  /** What was near midnight then and not ours: it is extra, if it is not ours by now. */
  private async compareLinesOfTheDayBefore(): Promise<void> {
    const { from } = this.wish.day;
    const files = await this.manager.query<{ id: string; name: string }[]>(
      'SELECT id, name FROM settlement_files WHERE day = $1::date - 1 AND replaced_at IS NULL AND (merchant_no = $2 OR merchant_no IS NULL OR $2 IS NULL)',
      [this.wish.day.date, this.wish.merchantNo],
    );
    for (const { id, name } of files) {
      for await (const line of comparedLines(this.manager, id, new Date(this.nearEnd(from)))) {
        const extra = differencesOf(line, `${name}, line ${line.line_no}`).find(({ what }) => what === 'extra');
        if (extra !== undefined) await this.differences.add(extra);
      }
    }
  }

  private async findMissing(): Promise<void> {
    const { day, merchantNo, marginSeconds } = this.wish;
    const window = { from: new Date(this.nearEnd(day.from)), to: new Date(day.to.getTime() + marginSeconds * 1_000), merchantNo, marginSeconds };
    for await (const move of unseenMoves(this.manager, window)) {
      const logNo = move.log_no ?? move.order_no;
      const money = `our ${move.kind} of ${yuanOf(String(move.amount))} yuan at ${chinaTime(move.at)} China time`;
      if (move.waits_for.length === 0) {
        const subject = { appId: move.app_id, paymentOrderId: move.payment_order_id, refundOrderId: move.refund_order_id };
        await this.differences.add({ what: 'missing', logNo, ...subject, detail: `${money} is in no settlement file` });
      } else if (move.day === day.date) {
        this.carry({ log_no: logNo, detail: `${money} may still come in the file of ${move.waits_for.join(' or ')}` });
      }
    }
  }

  private carry(carried: Carried): void {
    this.carriedOver += 1;
    if (this.carried.length < this.wish.limit) this.carried.push(carried);
  }

  private nearEnd(midnight: Date): number {
    return midnight.getTime() - this.wish.marginSeconds * 1_000;
  }

  private async isRead(from: Date): Promise<boolean> {
    const rows = await this.manager.query<unknown[]>(
      `SELECT 1 FROM settlement_files WHERE day = ($1::timestamptz AT TIME ZONE 'UTC' + interval '8 hours')::date AND replaced_at IS NULL
         AND (merchant_no IS NULL OR merchant_no = $2)`,
      [from, this.wish.merchantNo],
    );
    return rows.length > 0;
  }
}

function chinaTime(moment: Date): string {
  return new Date(moment.getTime() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}

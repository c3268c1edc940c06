/** What the amounts of a settlement file are counted in: sources differ, so whoever reads one must know (docs/lakala.md, "Reconciliation"). */
export const AMOUNT_UNITS = ['fen', 'yuan'] as const;
export type AmountUnit = (typeof AMOUNT_UNITS)[number];

/** One trade of a settlement file. Card number, bank and remark are left in the file: they tell who paid. */
export interface SettlementLine {
  /** `log_no`, the number to match by. */
  readonly logNo: string;
  /** `other` is a trade that is neither, such as a reversal, or one whose word we do not know. */
  readonly kind: 'payment' | 'refund' | 'other';
  /** Lakala's own word for the kind. */
  readonly tradeType: string;
  readonly merchantNo: string;
  readonly tradedAt: Date;
  /** Without a sign, also of a refund. */
  readonly amountFen: number;
  /** As in the file; null where it has none. */
  readonly feeFen: number | null;
  /** What is transferred; null where the file has none. */
  readonly settledFen: number | null;
  readonly orderNo: string | null;
  readonly payOrderNo: string | null;
  /** Of a refund: the number of the trade that was paid. */
  readonly originLogNo: string | null;
}

/** A way to write settlement files. There may come others: Lakala's own description of its files was not found. */
export interface SettlementFormat {
  /**
   * Reads the first line and gives what reads every other one; both throw a MessageError for what they cannot read.
   * Nothing is guessed: a line is either read whole or refused.
   */
  readHeader(header: string, unit: AmountUnit): (line: string) => SettlementLine;
}

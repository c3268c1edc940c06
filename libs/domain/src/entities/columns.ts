import { DefaultNamingStrategy, type ColumnOptions, type ValueTransformer } from 'typeorm';

/** `merchantOrderId` in code is `merchant_order_id` in SQL. */
export class SnakeCaseNames extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string): string {
    return customName || propertyName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  }
}

/** A bigint column holds fen, counts and milliseconds: all far below what a double holds exactly. */
const safeInteger: ValueTransformer = {
  to: (value: number | null | undefined) => value,
  from: (value: string | number | null): number | null => {
    if (value === null) return null;
    const number = Number(value);
    if (!Number.isSafeInteger(number)) throw new RangeError(`a bigint of the database is no safe integer`);
    return number;
  },
};

export const fen: ColumnOptions = { type: 'bigint', transformer: safeInteger };
export const moment: ColumnOptions = { type: 'timestamptz' };
export const optionalMoment: ColumnOptions = { type: 'timestamptz', nullable: true };
export const text: ColumnOptions = { type: 'text' };
export const optionalText: ColumnOptions = { type: 'text', nullable: true };
/** The database's clock fills it in. */
export const bySqlClock: ColumnOptions = { type: 'timestamptz', default: () => 'loomi_now()' };

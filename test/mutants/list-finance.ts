import type { Mutant } from './mutant.ts';

const LINE = 'apps/admin/src/settlement/line-differences.ts';
const COMPARISON = 'apps/admin/src/settlement/comparison.ts';
const LIST = 'apps/admin/src/settlement/difference-list.ts';
const UNSEEN = 'apps/admin/src/settlement/unseen-moves.ts';
const FILES = 'apps/admin/src/settlement/settlement-books.ts';
const DAY = 'apps/admin/src/finance/china-day.ts';
const RECONCILE_SPEC = 'apps/admin/src/settlement/reconcile.spec.ts';
const REPORT_SPEC = 'apps/admin/src/finance/report.spec.ts';

/** What finance is told of a day. */
export const FINANCE_MUTANTS: readonly Mutant[] = [
  {
    name: 'difference-of-amount',
    guards: 'a line of another amount than ours is a difference',
    file: LINE,
    find: 'line.amount === ours.amount',
    replace: 'line.amount > 0',
    spec: RECONCILE_SPEC,
    test: 'each kind of difference',
  },
  {
    name: 'line-told-twice',
    guards: 'a log number on two lines is a difference',
    file: LINE,
    find: 'if (twin === null) return null;',
    replace: 'if (twin === null || twin.line_no > 0) return null;',
    spec: RECONCILE_SPEC,
    test: 'each kind of difference',
  },
  {
    name: 'missing-in-the-file',
    guards: 'what Lakala does not settle is a difference',
    file: COMPARISON,
    find: '    await this.findMissing();\n',
    spec: RECONCILE_SPEC,
    test: 'each kind of difference',
  },
  {
    name: 'extra-near-midnight',
    guards: 'a line near midnight that is not ours waits for the next day',
    file: COMPARISON,
    find: "if (difference.what === 'extra' && !nextIsRead &&",
    replace: "if (difference.what === 'extra' && nextIsRead &&",
    spec: RECONCILE_SPEC,
    test: 'what the next day does not bring',
  },
  {
    name: 'extra-carried-over',
    guards: 'a line that waited is extra once the next day has not brought its payment',
    file: COMPARISON,
    find: '    await this.compareLinesOfTheDayBefore();\n',
    spec: RECONCILE_SPEC,
    test: 'what the next day does not bring',
  },
  {
    name: 'missing-near-midnight',
    guards: 'a payment near midnight that the file has not waits for the next one',
    file: UNSEEN,
    find: '(u.day + 1, u.local >= u.day + 1 - $4::interval)',
    replace: '(u.day + 1, u.local >= u.day + 2 - $4::interval)',
    spec: RECONCILE_SPEC,
    test: 'a payment may come in the file of the next day',
  },
  {
    name: 'missing-carried-over',
    guards: 'a payment that waited is missing once the next day has not brought it',
    file: COMPARISON,
    find: 'from: new Date(this.nearEnd(day.from))',
    replace: 'from: day.from',
    spec: RECONCILE_SPEC,
    test: 'what the next day does not bring',
  },
  {
    name: 'recorded-twice',
    guards: 'a difference that is found again is recorded once',
    file: LIST,
    find: 'key: `settlement:${difference.what}:${difference.logNo}`,',
    replace: 'key: `settlement:${difference.what}:${difference.logNo}:${uuidv7()}`,',
    spec: RECONCILE_SPEC,
    test: 'each kind of difference',
  },
  {
    name: 'file-kept-twice',
    guards: 'a file that is reconciled again is not another one',
    file: FILES,
    find: '  if (kept.sha256.equals(source.sha256) && kept.amounts_in === source.unit) return { id: kept.id, lines: kept.lines };\n',
    spec: RECONCILE_SPEC,
    test: 'each kind of difference',
  },
  {
    name: 'another-file-of-the-day',
    guards: 'a file takes the place of another only where that is said',
    file: FILES,
    find: 'if (!replace) {',
    replace: 'if (!replace && source.name === kept.id) {',
    spec: RECONCILE_SPEC,
    test: 'another file of the day',
  },
  {
    name: 'wrong-unit',
    guards: 'a file read in the wrong unit is refused as a whole',
    file: 'apps/admin/src/settlement/reconcile.ts',
    find: '  await refuseWrongUnit(manager, source, file);\n',
    spec: RECONCILE_SPEC,
    test: 'a file read in the wrong unit',
  },
  {
    name: 'day-of-china',
    guards: 'a day begins at midnight in China',
    file: DAY,
    find: 'new Date(`${text}T00:00:00+08:00`)',
    replace: 'new Date(`${text}T00:00:00Z`)',
    spec: REPORT_SPEC,
    test: 'a day is one of China',
  },
  {
    name: 'first-moment-of-the-next-day',
    guards: 'the first moment of a day is not in the report of the one before',
    file: 'apps/admin/src/finance/money-moves.ts',
    find: 'coalesce(t.paid_at, t.created_at) < $2',
    replace: 'coalesce(t.paid_at, t.created_at) <= $2',
    spec: REPORT_SPEC,
    test: 'a day is one of China',
  },
  {
    name: 'time-of-the-trade',
    guards: 'a payment is of the day on which Lakala took it, whenever it was booked',
    file: 'apps/admin/src/finance/money-moves.ts',
    find: "${paymentsTaken('coalesce(t.paid_at, t.created_at) >= $1",
    replace: "${paymentsTaken('t.created_at >= $1",
    spec: REPORT_SPEC,
    test: 'a day is one of China',
  },
];

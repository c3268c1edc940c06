import { basename } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { PIPED_SETTLEMENT } from '#lakala/piped-settlement.js';
import { AMOUNT_UNITS, type AmountUnit } from '#lakala/settlement-format.js';
import { chinaDay, type ChinaDay } from '../finance/china-day.js';
import { count, duration, gatewayNumber } from '../terminal/arguments.js';
import { changing } from '../terminal/command-options.js';
import type { CommandOptions, Session } from '../terminal/session.js';
import { facts, table } from '../terminal/table.js';
import { ENCODINGS, type Encoding } from './file-lines.js';
import type { Reconciliation } from './comparison.js';
import { reconcile } from './reconcile.js';

interface ReconcileOptions extends CommandOptions {
  amountsIn: AmountUnit;
  date?: ChinaDay;
  merchantNo?: string;
  margin: number;
  encoding: Encoding;
  replace?: boolean;
  limit: number;
}

const HALF_A_DAY = 43_200;

export function addReconcileCommand(program: Command, session: Session): void {
  const command = changing(program.command('reconcile')).argument('<file>', "Lakala's settlement file of a day");
  command
    .description('compare a settlement file (对账) with our books; exit code 1 where they differ, 2 where the file cannot be read')
    .addOption(new Option('--amounts-in <unit>', 'what its amounts are in').choices(AMOUNT_UNITS).makeOptionMandatory())
    .option('--date <day>', 'the day in China it is the file of (default: the eight digits in its name)', chinaDay)
    .option('--merchant-no <number>', 'it is the file of this merchant alone (default: of all)', gatewayNumber)
    .addOption(
      new Option('--margin <time>', 'how near midnight a trade may be on the day beside ours')
        .argParser(margin)
        .default(margin('30m'), '30m'),
    )
    .addOption(new Option('--encoding <name>', 'how its text is written').choices(ENCODINGS).default('utf-8'))
    .option('--replace', 'take the place of another file of this day')
    .option('--limit <n>', 'show at most so many differences; all are recorded', count, 200)
    .action(async (path: string, { amountsIn: unit, date, margin: marginSeconds, replace = false, ...options }: ReconcileOptions) => {
      const name = basename(path);
      const day = date ?? dayIn(name);
      if (day === null) return command.error('error: the name of the file has no day like 20260131: give --date');
      const { encoding, limit, merchantNo = null } = options;
      const wish = { path, name, day, merchantNo, unit, encoding, marginSeconds, replace, limit, format: PIPED_SETTLEMENT };
      await session.answer(
        options,
        async (database, operator) => {
          const done = await reconcile(database, operator, wish);
          return { json: done, text: textOf(done), exitCode: done.differences === 0 ? 0 : 1 };
        },
        // A day of millions takes longer than what a service may ask for.
        { statementTimeoutMs: 0 },
      );
    });
}

/** Beyond half a day a trade could be on three days. */
function margin(text: string): number {
  const seconds = duration(text);
  if (seconds > HALF_A_DAY) throw new InvalidArgumentError('Expected at most 12h.');
  return seconds;
}

function dayIn(name: string): ChinaDay | null {
  const [, year, month, day] = /(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)/.exec(name) ?? [];
  try {
    return year === undefined ? null : chinaDay(`${year}-${month}-${day}`);
  } catch (error) {
    if (error instanceof InvalidArgumentError) return null;
    throw error;
  }
}

function textOf({ counts, shown, shown_carried: carried, ...sums }: Reconciliation): string {
  const parts = [facts({ ...sums, ...counts })];
  if (shown.length > 0) {
    const rows = shown.map(({ what, logNo, appId, paymentOrderId, detail }) => {
      return { what, log_no: logNo, app_id: appId, payment_order_id: paymentOrderId, detail: withoutName(detail, sums.file) };
    });
    parts.push(`DIFFERENCES\n${table(rows)}`);
  }
  if (carried.length > 0) parts.push(`CARRIED OVER\n${table(carried.map((row) => ({ ...row })))}`);
  return parts.join('\n');
}

/** The name of the file stands above the table, which cuts long texts. */
function withoutName(detail: string, name: string): string {
  return detail.startsWith(`${name}, `) ? detail.slice(name.length + 2) : detail;
}

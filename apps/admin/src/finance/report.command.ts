import type { Command } from 'commander';
import { reading } from '../terminal/command-options.js';
import type { CommandOptions, Session } from '../terminal/session.js';
import { chinaDay, type ChinaDay } from './china-day.js';
import { dayReport, reportCsv } from './day-report.js';

export function addReportCommand(program: Command, session: Session): void {
  reading(program.command('report'))
    .description("a day's payments, refunds, fees and anomalies for each app and merchant, as CSV")
    .requiredOption('--date <day>', 'which day, in China time (UTC+8), like 2026-01-31: by the time of the trade at Lakala', chinaDay)
    .action((options: CommandOptions & { date: ChinaDay }) =>
      session.answer(
        options,
        async ({ manager }) => {
          const rows = await dayReport(manager, options.date);
          return { json: rows, text: reportCsv(rows) };
        },
        // A day of millions takes longer than what a service may ask for.
        { statementTimeoutMs: 0 },
      ),
    );
}

import type { Command } from 'commander';
import { findOrder } from '../orders/find-order.js';
import { NAMES_OF_AN_ORDER, ofApp } from '../orders/order.commands.js';
import { reading } from '../terminal/command-options.js';
import type { CommandOptions, Session } from '../terminal/session.js';
import { readHistory } from './order-history.js';
import { whyReport, whyText } from './why-report.js';

export function addWhyCommand(program: Command, session: Session): void {
  ofApp(reading(program.command('why')))
    .argument('<id>', NAMES_OF_AN_ORDER)
    .description('what happened to an order, and what it waits for or why it ended')
    .action((reference: string, { app, ...options }: CommandOptions & { app?: string }) =>
      session.answer(options, async (database) => {
        const id = await findOrder(database.manager, reference, app);
        const report = whyReport(await readHistory(database, id), reference);
        return { json: report, text: whyText(report) };
      }),
    );
}

import type { Command } from 'commander';
import { appId } from '../terminal/arguments.js';
import { reading } from '../terminal/command-options.js';
import type { CommandOptions, Session } from '../terminal/session.js';
import { findOrder } from './find-order.js';
import { orderReport, reportText } from './order-report.js';

/** What an order can be asked for by. */
export const NAMES_OF_AN_ORDER =
  "the order's id, a refund's id, our or Lakala's number of an attempt, trade or refund; with --app the app's own number";

/** A command that finds an order, also by the app's own number of it. */
export function ofApp(command: Command): Command {
  return command.option('--app <app_id>', 'look for the merchant_order_id or merchant_refund_id of this app', appId);
}

export function addOrderCommands(program: Command, session: Session): void {
  const order = program.command('order').description('payment orders and their refunds');
  ofApp(reading(order.command('show')))
    .argument('<id>', NAMES_OF_AN_ORDER)
    .description('all that is known of an order')
    .action((reference: string, { app, ...options }: CommandOptions & { app?: string }) =>
      session.answer(options, async ({ manager }) => {
        const report = await orderReport(manager, await findOrder(manager, reference, app));
        return { json: report, text: reportText(report) };
      }),
    );
}

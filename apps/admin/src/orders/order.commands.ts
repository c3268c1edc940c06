import type { Command } from 'commander';
import { appId } from '../terminal/arguments.js';
import { reading } from '../terminal/command-options.js';
import type { CommandOptions, Session } from '../terminal/session.js';
import { findOrder } from './find-order.js';
import { orderReport, reportText } from './order-report.js';

export function addOrderCommands(program: Command, session: Session): void {
  const order = program.command('order').description('payment orders and their refunds');
  reading(order.command('show'))
    .argument('<id>', "the order's id, a refund's id, an out_order_no, out_trade_no, trade_no or log_no; with --app a merchant_order_id")
    .description('all that is known of an order')
    .option('--app <app_id>', 'look for the merchant_order_id of this app', appId)
    .action((reference: string, { app, ...options }: CommandOptions & { app?: string }) =>
      session.answer(options, async ({ manager }) => {
        const report = await orderReport(manager, await findOrder(manager, reference, app));
        return { json: report, text: reportText(report) };
      }),
    );
}

import { Option, type Command } from 'commander';
import { LATE_PAYMENT_CHOICES, type LatePaymentChoice } from '#domain/orders/late-payment.js';
import { Refusal } from '../refusal.js';
import { appId, gatewayNumber } from '../terminal/arguments.js';
import { changing, reading } from '../terminal/command-options.js';
import type { CommandOptions, Session } from '../terminal/session.js';
import { facts, table } from '../terminal/table.js';
import { appView, createApp, existingApp, listApps, setApp, type Account } from './apps.js';

interface AccountOptions extends CommandOptions {
  latePayment?: LatePaymentChoice;
  merchantNo?: string;
  termNo?: string;
}
interface CreateOptions extends AccountOptions {
  ownStreams?: boolean;
  ifMissing?: boolean;
}
interface SetOptions extends AccountOptions {
  defaultAccount?: boolean;
  ownStreams?: 'on' | 'off';
}

export function addAppCommands(program: Command, session: Session): void {
  const app = program.command('app').description('the main apps that take payments through this service');
  addCreate(app, session);
  addSet(app, session);
  reading(app.command('list'))
    .description('every app')
    .action((options: CommandOptions) =>
      session.answer(options, async ({ manager }) => {
        const apps = (await listApps(manager)).map(appView);
        return { json: apps, text: table(apps) };
      }),
    );
}

function addCreate(app: Command, session: Session): void {
  const create = withSettings(changing(app.command('create')).argument('<app_id>', 'its name', appId));
  create
    .description('make an app')
    .option('--own-streams', 'its results also go to streams that only it reads')
    .option('--if-missing', 'leave it as it is where it exists')
    .action(async (id: string, options: CreateOptions) => {
      const account = accountOf(create, options) ?? { merchantNo: null, termNo: null };
      const { ownStreams = false, latePayment = 'hold' } = options;
      const wanted = { appId: id, ...account, ownStreams, latePayment };
      await session.answer(options, async (database, operator) => {
        const made = await database.transaction((manager) => createApp(manager, operator, wanted));
        if (made === undefined && !options.ifMissing) throw new Refusal(`the app ${id} exists`);
        const view = { ...appView(made ?? (await existingApp(database.manager, id))), created: made !== undefined };
        return { json: view, text: facts(view) };
      });
    });
}

function addSet(app: Command, session: Session): void {
  const set = withSettings(changing(app.command('set')).argument('<app_id>', 'its name', appId));
  set
    .description('change an app; what is left out stays. Orders that were submitted keep their account')
    .addOption(new Option('--default-account', 'use the configured account').conflicts(['merchantNo', 'termNo']))
    .addOption(new Option('--own-streams <on|off>', 'results also on streams that only it reads').choices(['on', 'off']))
    .action(async (id: string, options: SetOptions) => {
      const account = options.defaultAccount ? { merchantNo: null, termNo: null } : accountOf(set, options);
      const ownStreams = options.ownStreams === undefined ? undefined : options.ownStreams === 'on';
      const { latePayment } = options;
      if (account === undefined && ownStreams === undefined && latePayment === undefined) {
        set.error('error: nothing to change: give --merchant-no and --term-no, --default-account, --own-streams or --late-payment');
      }
      await session.answer(options, async (database, operator) => {
        const changed = await database.transaction((manager) => setApp(manager, operator, id, { account, ownStreams, latePayment }));
        return { json: appView(changed), text: facts(appView(changed)) };
      });
    });
}

function withSettings(command: Command): Command {
  return command
    .option('--merchant-no <number>', 'its own merchant at Lakala, together with --term-no', gatewayNumber)
    .option('--term-no <number>', "that merchant's terminal", gatewayNumber)
    .addOption(
      new Option('--late-payment <choice>', 'what a payment becomes that comes after its order failed (default: hold)').choices(
        LATE_PAYMENT_CHOICES,
      ),
    );
}

function accountOf(command: Command, { merchantNo, termNo }: AccountOptions): Account | undefined {
  if (merchantNo === undefined && termNo === undefined) return undefined;
  if (merchantNo === undefined || termNo === undefined) command.error('error: --merchant-no and --term-no go together');
  return { merchantNo, termNo };
}

import { Option, type Command } from 'commander';
import { ANOMALY_KINDS } from '#domain/orders/anomaly-kinds.js';
import { RESOLUTIONS, type Resolution } from '#domain/orders/anomaly-resolutions.js';
import { count, gatewayNumber, reason, uuid } from '../terminal/arguments.js';
import { changing, reading } from '../terminal/command-options.js';
import type { CommandOptions, Session } from '../terminal/session.js';
import { facts, table } from '../terminal/table.js';
import { anomalyView, findAnomalies } from './anomalies.js';
import { anomalyReport, anomalyText } from './anomaly-report.js';
import { resolveByOperator } from './resolving.js';

interface ListOptions extends CommandOptions {
  kind?: string;
  all?: boolean;
  limit: number;
}
interface ResolveOptions extends CommandOptions {
  as: Resolution;
  reason: string;
  refundTradeNo?: string | null;
  apply?: boolean;
}

export function addAnomalyCommands(program: Command, session: Session): void {
  const anomaly = program.command('anomaly').description('where Lakala contradicts our books');
  reading(anomaly.command('list'))
    .description('what is not resolved yet, oldest first')
    .addOption(new Option('--kind <kind>', 'only these').choices([...ANOMALY_KINDS]))
    .option('--all', 'resolved ones too')
    .option('--limit <n>', 'at most so many', count, 200)
    .action(({ kind, all = false, limit, ...options }: ListOptions) =>
      session.answer(options, async ({ manager }) => {
        const rows = (await findAnomalies(manager, { kind, resolvedToo: all, limit })).map(anomalyView);
        return { json: rows, text: table(rows) };
      }),
    );
  reading(anomaly.command('show'))
    .argument('<id>', 'which anomaly', uuid)
    .description('all that is known of an anomaly, and what may be decided')
    .action((id: string, options: CommandOptions) =>
      session.answer(options, async ({ manager }) => {
        const report = await anomalyReport(manager, id);
        return { json: report, text: anomalyText(report) };
      }),
    );
  addResolve(anomaly, session);
}

function addResolve(anomaly: Command, session: Session): void {
  const command = changing(anomaly.command('resolve')).argument('<id>', 'which anomaly', uuid);
  command
    .description('say what resolving an anomaly would do; with --apply, do it')
    .addOption(new Option('--as <resolution>', 'what is decided').choices(RESOLUTIONS).makeOptionMandatory())
    .requiredOption('--reason <text>', 'why, kept with the decision', reason)
    .option('--refund-trade-no <number>', "of a refund that succeeded: Lakala's number for it", gatewayNumber)
    .option('--apply', 'do it')
    .action(async (id: string, { as, apply = false, refundTradeNo = null, ...options }: ResolveOptions) => {
      if ((as === 'refund_succeeded') !== (refundTradeNo !== null)) {
        command.error('error: --refund-trade-no goes with --as refund_succeeded, and only with it');
      }
      await session.answer(options, async (database, operator) => {
        const wish = { id, as, reason: options.reason, refundTradeNo };
        const done = await database.transaction((manager) => resolveByOperator(manager, operator, wish, apply));
        const hint = apply ? '' : '\nNothing was changed. Run it again with --apply to do it.\n';
        return { json: done, text: facts({ ...done }) + hint };
      });
    });
}

import { Option, type Command } from 'commander';
import { count } from '../terminal/arguments.js';
import { reading } from '../terminal/command-options.js';
import type { CommandOptions, Session } from '../terminal/session.js';
import { table } from '../terminal/table.js';
import { ANOMALY_KINDS, anomalyView, findAnomalies } from './anomalies.js';

interface ListOptions extends CommandOptions {
  kind?: string;
  all?: boolean;
  limit: number;
}

export function addAnomalyCommands(program: Command, session: Session): void {
  const anomaly = program.command('anomaly').description('where Lakala contradicts our books');
  reading(anomaly.command('list'))
    .description('what is not resolved yet, oldest first')
    .addOption(new Option('--kind <kind>', 'only these').choices(ANOMALY_KINDS))
    .option('--all', 'resolved ones too')
    .option('--limit <n>', 'at most so many', count, 200)
    .action(({ kind, all = false, limit, ...options }: ListOptions) =>
      session.answer(options, async ({ manager }) => {
        const rows = (await findAnomalies(manager, { kind, resolvedToo: all, limit })).map(anomalyView);
        return { json: rows, text: table(rows) };
      }),
    );
}

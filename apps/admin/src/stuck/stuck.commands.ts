import { Option, type Command } from 'commander';
import { count, duration, uuid } from '../terminal/arguments.js';
import { changing, reading } from '../terminal/command-options.js';
import type { CommandOptions, Session } from '../terminal/session.js';
import { table } from '../terminal/table.js';
import { iso } from '../terminal/values.js';
import { findStuck, retry, type StuckFilter, type StuckRow } from './stuck-work.js';

interface FilterOptions extends CommandOptions {
  minFailures: number;
  olderThan: number;
  limit: number;
}

export function addStuckCommands(program: Command, session: Session): void {
  const stuck = program.command('stuck').description('work that failed, or did not end in its time');
  filtered(reading(stuck.command('list')))
    .description('payment orders, refunds and notifications that are stuck, oldest first')
    .action((options: FilterOptions) =>
      session.answer(options, async ({ manager }) => {
        const rows = (await findStuck(manager, filterOf(options))).map(stuckView);
        return { json: rows, text: table(rows) };
      }),
    );
  addRetry(stuck, session);
}

function addRetry(stuck: Command, session: Session): void {
  const command = filtered(changing(stuck.command('retry')));
  command
    .argument('[ids...]', 'payment orders, refunds or notifications', (text, ids: string[] = []) => [...ids, uuid(text)])
    .description('have it looked at now, with its failures forgotten')
    .option('--all', 'everything that stuck list shows with the same options')
    .action(async (ids: string[], { all = false, ...options }: FilterOptions & { all?: boolean }) => {
      if (all === ids.length > 0) command.error('error: give ids, or --all');
      await session.answer(options, async (database, operator) => {
        const retried = await database.transaction(async (manager) => {
          const chosen = all ? (await findStuck(manager, filterOf(options))).map(({ id }) => id) : ids;
          return retry(manager, operator, chosen);
        });
        return { json: { retried }, text: table(retried.map(({ kind, id }) => ({ kind, id }))) };
      });
    });
}

function filtered(command: Command): Command {
  return command
    .option('--min-failures <n>', 'what failed so often in a row', count, 1)
    .addOption(
      new Option('--older-than <time>', 'or is open so long after it should have ended')
        .argParser(duration)
        .default(duration('30m'), '30m'),
    )
    .option('--limit <n>', 'at most so many', count, 200);
}

function filterOf({ minFailures, olderThan, limit }: FilterOptions): StuckFilter {
  return { minFailures, olderThanSeconds: olderThan, limit };
}

function stuckView({ since, due_at, last_error, ...row }: StuckRow) {
  return { ...row, since: iso(since), due_at: iso(due_at), last_error };
}

import type { Command } from 'commander';
import { facts, table } from '../terminal/table.js';
import { changing } from '../terminal/command-options.js';
import type { Answer, CommandOptions, Session } from '../terminal/session.js';
import { migrate, type MigrateResult } from './migrate.js';
import { migrationStatus, type MigrationState } from './migration-status.js';

export function addMigrateCommand(program: Command, session: Session): void {
  changing(program.command('migrate'))
    .description('bring the schema up to date, and make the partitions of the coming days')
    .option('--status', 'only tell what is applied; exit code 1 while something is not')
    .action(async (options: CommandOptions & { status?: boolean }) => {
      await session.answer(
        options,
        async (database, operator) =>
          options.status ? told(await migrationStatus(database)) : done(await migrate(database, operator)),
        // Waiting for another migration, or building an index, takes the time it takes.
        { statementTimeoutMs: 0 },
      );
    });
}

function done(result: MigrateResult): Answer {
  return { json: result, text: facts({ ...result }) };
}

function told(states: MigrationState[]): Answer {
  const upToDate = states.every(({ state }) => state === 'applied');
  return { json: { up_to_date: upToDate, migrations: states }, text: table(states), exitCode: upToDate ? 0 : 1 };
}

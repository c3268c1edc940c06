import { Command, CommanderError } from 'commander';
import { ConfigurationError } from '#platform/configuration/configuration.error.js';
import { addAnomalyCommands } from './anomalies/anomaly.commands.js';
import { addAppCommands } from './apps/app.commands.js';
import { addCheckCommand } from './checking/check.command.js';
import { addReportCommand } from './finance/report.command.js';
import { addKeyCommands } from './keys/key.commands.js';
import { addMigrateCommand } from './migrating/migrate.command.js';
import { addOrderCommands } from './orders/order.commands.js';
import { addReconcileCommand } from './settlement/reconcile.command.js';
import { MalformedFile } from './settlement/malformed-file.js';
import { addStuckCommands } from './stuck/stuck.commands.js';
import { describeFailure } from './terminal/describe-failure.js';
import { Session, type Terminal } from './terminal/session.js';
import { addWhyCommand } from './why/why.command.js';

const DONE = 0;
const FAILED = 1;
const MISUSED = 2;

/** Runs one command and gives the exit code: 0 done, 1 refused or failed, 2 called in a wrong way. Never throws. */
export async function runAdmin(args: readonly string[], terminal: Terminal): Promise<number> {
  const session = new Session(terminal);
  try {
    await buildProgram(session).parseAsync(args, { from: 'user' });
    return session.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.code === 'commander.helpDisplayed' ? DONE : MISUSED;
    terminal.err(`error: ${describeFailure(error)}\n`);
    return error instanceof ConfigurationError || error instanceof MalformedFile ? MISUSED : FAILED;
  }
}

function buildProgram(session: Session): Command {
  const program = new Command('admin')
    .description("The operator's command line of Loomi Pay. It acts under the role in DATABASE_URL.")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => session.terminal.out(text),
      writeErr: (text) => session.terminal.err(text),
      outputError: (text, write) => write(`${text.trim().replaceAll(/\s*\n\s*/g, ' ')}\n`),
    });
  addMigrateCommand(program, session);
  addAppCommands(program, session);
  addKeyCommands(program, session);
  addOrderCommands(program, session);
  addWhyCommand(program, session);
  addStuckCommands(program, session);
  addAnomalyCommands(program, session);
  addCheckCommand(program, session);
  addReportCommand(program, session);
  addReconcileCommand(program, session);
  return program;
}

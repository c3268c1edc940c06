import type { Command } from 'commander';
import { personName } from './arguments.js';

/** A command that only reads. */
export function reading(command: Command): Command {
  return command.option('--json', 'for machines');
}

/** A command that changes something, so it keeps who did it. */
export function changing(command: Command): Command {
  const whose = 'who does this, kept with the change (default: LOOMI_OPERATOR, else the system user)';
  return reading(command).option('--operator <name>', whose, personName);
}

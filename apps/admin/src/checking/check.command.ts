import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { Session } from '../terminal/session.js';

/** The processor's own program: the command line never holds the key that we sign with. */
const PROGRAM = fileURLToPath(new URL('../../../processor/src/check.js', import.meta.url));

export function addCheckCommand(program: Command, session: Session): void {
  program
    .command('check')
    .description("whether the processor's configuration works: keys, Lakala, clocks, addresses; needs the processor's environment")
    .option('--certificate <file>', 'our certificate from Lakala, PEM: is it of the key?')
    .option('--json', 'JSON for machines')
    .action(({ certificate, json = false }: { certificate?: string; json?: boolean }) => {
      const options = [...(json ? ['--json'] : []), ...(certificate === undefined ? [] : ['--certificate', certificate])];
      const { terminal } = session;
      const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...options], { env: terminal.env, encoding: 'utf8' });
      terminal.out(stdout);
      terminal.err(stderr);
      session.exitCode = status ?? 1;
    });
}

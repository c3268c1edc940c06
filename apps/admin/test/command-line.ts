import { runAdmin } from '../src/program.js';

export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** Runs a command in this process, on the database of this address, as somebody called `tester`. */
export async function run(url: string, ...args: string[]): Promise<Ran> {
  const ran: Ran = { code: -1, out: '', err: '' };
  ran.code = await runAdmin(args, {
    env: { DATABASE_URL: url, LOOMI_OPERATOR: 'tester' },
    out: (text) => {
      ran.out += text;
    },
    err: (text) => {
      ran.err += text;
    },
  });
  return ran;
}

/** What the command answers to a machine; throws with its complaint where it fails. */
export async function answerOf<T>(url: string, ...args: string[]): Promise<T> {
  const { code, out, err } = await run(url, ...args, '--json');
  if (code !== 0) throw new Error(`${args.join(' ')} exited ${code}: ${err}`);
  return JSON.parse(out) as T;
}

import { spawnSync } from 'node:child_process';

/** Stands in for curl, which a machine may lack: prints what it was called with. */
const CURL = `curl() { printf 'call\\0'; for argument in "$@"; do printf '%s\\0' "$argument"; done; }`;

/** Runs the curl calls of a shell script against the real service, by `fetch`, and gives the JSON of each answer. */
export async function runCurlCalls(script: string, variables: Readonly<Record<string, string>>): Promise<unknown[]> {
  const { status, stdout, stderr } = spawnSync('sh', ['-euc', `${CURL}\n${script}`], { env: variables, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the script failed: ${stderr}\n${script}`);
  const calls = stdout.split('call\0').slice(1).map((call) => call.split('\0').slice(0, -1));
  const answers: unknown[] = [];
  for (const call of calls) answers.push(await (await send(call)).json());
  return answers;
}

async function send(call: readonly string[]): Promise<Response> {
  const headers = new Headers();
  let url = '';
  let body: string | undefined;
  for (let at = 0; at < call.length; at += 1) {
    const argument = call[at] ?? '';
    if (argument === '-H' || argument === '-d') {
      at += 1;
      const value = call[at] ?? '';
      const [name = '', text = ''] = value.split(/: (.*)/s);
      if (argument === '-H') headers.append(name, text);
      else body = value;
    } else if (!argument.startsWith('-')) url = argument;
    else if (argument !== '-sS') throw new Error(`curl is called with ${argument}, which is not known here`);
  }
  return fetch(url, { method: body === undefined ? 'GET' : 'POST', headers, body });
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from './project.ts';

const ADMIN = join(ROOT, 'dist', 'apps', 'admin', 'src', 'main.js');

/** Runs the operator's command line from `dist`, gives what it prints, and throws with its words where it fails. */
export async function runAdmin(databaseUrl: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, DATABASE_URL: databaseUrl };
  const child = spawn(process.execPath, [ADMIN, ...args], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`admin ${args.join(' ')} failed (exit code ${code}):\n${stderr}${stdout}`);
  return stdout;
}

/** Makes a new key of the app, and the app where there is none. Gives the clear key, which is shown this once. */
export async function issueKey(databaseUrl: string, appId: string, ...options: string[]): Promise<string> {
  await runAdmin(databaseUrl, 'app', 'create', appId, '--if-missing');
  const issued: unknown = JSON.parse(await runAdmin(databaseUrl, 'key', 'issue', appId, '--json', ...options));
  if (typeof issued === 'object' && issued !== null && 'key' in issued && typeof issued.key === 'string') return issued.key;
  throw new Error('admin key issue gave no key');
}

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text;
}

describe('the program', () => {
  const dir = mkdtempSync(join(tmpdir(), 'lakala-sandbox-main-'));
  afterAll(() => rmSync(dir, { recursive: true }));

  it('says where it listens in one JSON line, and exits 0 on SIGTERM with a connection open', async () => {
    const child = spawn(process.execPath, [MAIN, '--dir', join(dir, 'new'), '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    const { listening } = JSON.parse(await firstLine(child)) as { listening: string };
    expect(await (await fetch(`${listening}/health`)).json()).toEqual({ status: 'ok' });
    for (const file of ['merchant-private-key.pem', 'platform-certificate.pem', 'account.env', 'ledger.jsonl']) {
      expect(existsSync(join(dir, 'new', file))).toBe(true);
    }
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  it('without a folder says how it is started and exits 1', async () => {
    const child = spawn(process.execPath, [MAIN], { stdio: ['ignore', 'ignore', 'pipe'] });
    const exited = once(child, 'exit');
    let said = '';
    for await (const chunk of child.stderr) said += String(chunk);
    expect(said).toContain('--dir is required');
    expect(said).toContain('usage:');
    expect((await exited)[0]).toBe(1);
  });
});

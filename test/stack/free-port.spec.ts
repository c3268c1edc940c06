import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { choosePort, freePort, isPortFree } from './free-port.ts';

describe('ports', () => {
  let taken: Server | undefined;
  afterEach(() => taken?.close());

  const take = (port: number, host?: string): Promise<void> =>
    new Promise((resolve) => {
      taken = createServer().listen({ port, host }, resolve);
    });

  test.each([['127.0.0.1'], ['0.0.0.0'], [undefined]])('one that is taken on %s is replaced by a free one', async (host) => {
    const wanted = await freePort();
    await take(wanted, host);
    const chosen = await choosePort(wanted);
    expect(chosen).not.toBe(wanted);
    expect(await isPortFree(chosen)).toBe(true);
  });

  test('the first wanted one that is free is taken', async () => {
    const [first, second] = [await freePort(), await freePort()];
    await take(first);
    expect(await choosePort(first, second)).toBe(second);
  });
});

it('gives no port twice, though nobody listens on it yet', async () => {
  const ports = await Promise.all(Array.from({ length: 300 }, () => freePort()));
  expect(new Set(ports).size).toBe(ports.length);
});

it('gives no port that another process of ours was given', async () => {
  const program = `const { freePort } = await import(process.argv[1]); for (let n = 0; n < 300; n += 1) console.log(await freePort());`;
  const given = (): string[] => {
    const args = ['--input-type=module', '-e', program, join(import.meta.dirname, 'free-port.ts')];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (stdout === '') throw new Error(stderr);
    return stdout.trim().split('\n');
  };
  const mine = new Set<string>();
  for (let n = 0; n < 2_000; n += 1) mine.add(String(await freePort()));
  expect(given().filter((port) => mine.has(port))).toEqual([]);
});

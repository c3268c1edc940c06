import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { issueKey } from '../stack/admin.ts';
import { urlForRole } from '../stack/databases.ts';
import { ROOT } from '../stack/project.ts';
import { scratchFolder } from '../stack/scratch.ts';
import { startStack, type Stack } from '../stack/stack.ts';
import { until } from '../stack/until.ts';
import { runCurlCalls } from './curl.ts';
import { codeBlocks, readPage } from './markdown.ts';
import { pythonWithModules, type Python } from './python.ts';

const PAGES = ['docs/integrating.md', 'docs/integrating.zh-CN.md'];
const WAIT_MS = 30_000;

let stack: Stack;
let python: Python | null;
beforeAll(async () => {
  [stack, python] = await Promise.all([startStack(), pythonWithModules()]);
}, 180_000);
afterAll(async () => {
  await stack?.stop();
}, 60_000);

/** The programs of one page in one language, in a folder of their own, run as an app of their own. */
class Samples {
  readonly folder = scratchFolder().subfolder('samples');
  readonly running: ChildProcess[] = [];

  constructor(
    page: string,
    private readonly language: 'python' | 'js',
    private readonly interpreter: Python,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    for (const { info, code } of codeBlocks(readPage(page)).filter((block) => block.language === language)) {
      const [, name] = /^file=([\w.-]+)$/.exec(info) ?? [];
      if (name === undefined) throw new Error(`${page} has ${language} code without file=<name>: ${code.slice(0, 60)}`);
      writeFileSync(join(this.folder, name), code);
    }
    if (language === 'js') symlinkSync(join(ROOT, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /** Starts a sample; the others' names in Node are written with a dash. */
  start(name: string, ...args: string[]): ChildProcess {
    const file = this.language === 'python' ? `${name}.py` : `${name.replaceAll('_', '-')}.mjs`;
    const child = spawn(this.interpreter.command, [file, ...args], {
      cwd: this.folder,
      env: { ...this.interpreter.env, ...this.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.running.push(child);
    return child;
  }

  async run(name: string, ...args: string[]): Promise<string[]> {
    const child = this.start(name, ...args);
    const closed = once(child, 'close');
    const output = child.stdout ? await text(child.stdout) : '';
    const [code] = (await closed) as [number | null];
    expect([name, code]).toEqual([name, 0]);
    return output.trim().split('\n');
  }

  /** Starts the reader of results and gives the lines it prints, as they come. */
  listen(): { lines: string[]; process: ChildProcess } {
    const process = this.start('results');
    const lines: string[] = [];
    if (process.stdout) createInterface({ input: process.stdout }).on('line', (line) => lines.push(line));
    return { lines, process };
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map(end));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function samplesOf(page: string, language: 'python' | 'js'): Promise<Samples> {
  const appId = `docs-${language}-${PAGES.indexOf(page)}`;
  const interpreter = language === 'js' ? { command: process.execPath, env: process.env } : python;
  if (interpreter === null) throw new Error('The Python samples need a python3 with requests and redis: python3 -m pip install requests redis');
  return new Samples(page, language, interpreter, {
    LOOMI_PAY_BASE_URL: stack.baseUrl,
    LOOMI_PAY_API_KEY: await issueKey(urlForRole(stack.databaseUrl, 'loomi_admin'), appId),
    APP_ID: appId,
    REDIS_URL: stack.redisUrl,
  });
}

async function payAt(pageUrl: string): Promise<void> {
  const answer = await fetch(pageUrl.replace('?', '/pay?'), { method: 'POST', redirect: 'manual' });
  await answer.body?.cancel();
  expect(answer.status).toBe(303);
}

const heard = (lines: string[], ...wanted: string[]): Promise<void> =>
  until(`${wanted.join(', ')} among ${JSON.stringify(lines)}`, WAIT_MS, () => wanted.every((line) => lines.includes(line)));

describe.each(PAGES)('%s', (page) => {
  test.each(['python', 'js'] as const)(
    'its %s samples take a payment, hear of it, refund it, and miss nothing while they were away',
    async (language) => {
      if (python === null && language === 'python' && process.platform !== 'linux') {
        console.warn('skipped: the Python samples need a python3 with requests and redis (pip install requests redis)');
        return;
      }
      const samples = await samplesOf(page, language);
      try {
        await takeAndRefund(samples);
      } finally {
        await samples.stop();
      }
    },
    120_000,
  );
});

async function takeAndRefund(samples: Samples): Promise<void> {
  const first = samples.listen();
  const [pageUrl = ''] = await samples.run('pay', 'SALE-1');
  expect(await samples.run('pay', 'SALE-1')).toEqual([pageUrl]);
  await payAt(pageUrl);
  await heard(first.lines, 'payment SALE-1 processing 1250', 'payment SALE-1 succeeded 1250');

  await end(first.process);
  const [refund = ''] = await samples.run('refund', 'SALE-1', 'REFUND-1', '500');
  expect(refund).toMatch(/^[0-9a-f-]{36} (pending|processing|succeeded)$/);
  expect(await samples.run('refund', 'SALE-1', 'REFUND-2', '751')).toEqual(['refund_exceeds_refundable']);
  const second = samples.listen();
  await heard(second.lines, 'refund REFUND-1 processing 500', 'refund REFUND-1 succeeded 500');
  expect(second.lines).not.toContain('payment SALE-1 succeeded 1250');

  const moves = (await samples.run('catch_up')).map((line) => line.split(' ').slice(1).join(' '));
  expect(moves).toEqual([
    'payment_status_changed SALE-1 processing',
    'payment_status_changed SALE-1 succeeded',
    'refund_status_changed SALE-1 processing',
    'refund_status_changed SALE-1 succeeded',
  ]);
  expect(await samples.run('catch_up')).toEqual(['']);
}

interface Order {
  id: string;
  status: string;
  extra_data: { payment_url?: string };
}

test.each(['README.md', 'README.zh-CN.md'])('the commands of %s take a payment and refund it', async (page) => {
  const appId = `readme-${page === 'README.md' ? 'en' : 'zh'}`;
  const variables = {
    LOOMI_PAY_BASE_URL: stack.baseUrl,
    LOOMI_PAY_API_KEY: await issueKey(urlForRole(stack.databaseUrl, 'loomi_admin'), appId),
    APP_ID: appId,
  };
  const scripts = codeBlocks(readPage(page)).filter(({ code }) => code.includes('curl '));
  const [create = '', show = '', refund = '', events = ''] = scripts.map(({ code }) =>
    code.split('\n').filter((line) => !/^(set -a|redis-cli)/.test(line)).join('\n'),
  );
  const shown = async (): Promise<Order> => (await runCurlCalls(show, variables))[0] as Order;

  expect(await runCurlCalls(create, variables)).toEqual([expect.objectContaining({ status: 'pending', amount: 1250 })]);
  await until('the page', WAIT_MS, async () => (await shown()).status === 'processing');
  const { id, extra_data: extraData } = await shown();
  await payAt(extraData.payment_url ?? '');
  await until('the payment', WAIT_MS, async () => (await shown()).status === 'succeeded');
  const refunded = await runCurlCalls(refund.replace('<id>', id), variables);
  expect(refunded).toEqual([expect.objectContaining({ payment_order_id: id, amount: 500 })]);
  expect(await runCurlCalls(events, variables)).toEqual([expect.objectContaining({ data: expect.any(Array) as unknown })]);
}, 60_000);

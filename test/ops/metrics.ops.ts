import { startStack, type Stack } from '../stack/stack.ts';
import { until } from '../stack/until.ts';
import { DOCUMENTED_METRICS } from './documented-metrics.ts';
import { scrape } from './exposed-metrics.ts';
import { createOrder } from './order.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ replicas: { processor: 2 } });
});
afterAll(() => stack.stop());

const textOf = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();

test.each(['api', 'processor'] as const)('the table names what %s exposes from its start, and nothing else', async (app) => {
  const [replica] = app === 'api' ? stack.apis : stack.processors;
  const exposed = [...(await scrape(replica?.managementUrl ?? '')).keys()].filter((name) => name.startsWith('loomi_'));
  const named = [...DOCUMENTED_METRICS].flatMap(([name, { from }]) => (from.includes(app) ? [name] : []));
  expect(exposed.sort()).toEqual(named.sort());
});

test('orders and their money are counted by app, and every sample has the labels of the table', async () => {
  const create = (id: string): Promise<number> => createOrder(stack, id);
  expect([await create('one'), await create('two'), await create('two')]).toEqual([202, 202, 202]);
  const [api] = stack.apis;
  const accepted = `{kind="payment",app="${stack.appId}"}`;
  const text = await textOf(api?.managementUrl ?? '');
  expect(text).toContain(`loomi_orders_accepted_total${accepted} 2\n`);
  expect(text).toContain(`loomi_accepted_fen_total${accepted} 500\n`);
  const moved = `{kind="payment",from="pending",to="processing",app="${stack.appId}"}`;
  const sumOf = async (name: string): Promise<number> => {
    const texts = await Promise.all(stack.processors.map(({ managementUrl }) => textOf(managementUrl)));
    return texts.flatMap((one) => one.split('\n')).reduce((sum, line) => sum + (line.startsWith(name) ? Number(line.split(' ')[1]) : 0), 0);
  };
  await until('both orders to have a page', 20_000, async () => (await sumOf(`loomi_order_moves_total${moved}`)) === 2);
  expect(await sumOf(`loomi_moved_fen_total${moved}`)).toBe(500);
  for (const { managementUrl } of [...stack.apis, ...stack.processors]) {
    for (const [name, labels] of await scrape(managementUrl)) {
      if (!name.startsWith('loomi_') || labels.size === 0) continue;
      expect([name, [...labels].sort()]).toEqual([name, DOCUMENTED_METRICS.get(name)?.labels.toSorted()]);
    }
  }
});

test('one processor looks for all, and when it is gone another one does', async () => {
  const lookers = async (): Promise<string[]> => {
    const seen = await Promise.all(
      stack.processors.map(async ({ service, managementUrl }) =>
        service.isRunning && (await textOf(managementUrl)).includes('loomi_open_orders{') ? [service.name] : [],
      ),
    );
    return seen.flat();
  };
  await until('one processor to look', 40_000, async () => (await lookers()).length === 1);
  const [first] = await lookers();
  await stack.processors.find(({ service }) => service.name === first)?.service.stop();
  await until('the other one to look', 40_000, async () => (await lookers()).length === 1);
  expect(await lookers()).not.toEqual([first]);
});

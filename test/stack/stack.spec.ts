import { processIdentity } from './lock.mjs';
import { startStack, type Stack } from './stack.ts';

const LIMIT_MS = 120_000;

describe('the stack for tests', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ replicas: { api: 2 } });
  }, LIMIT_MS);
  afterAll(() => stack.stop(), LIMIT_MS);

  const listOrders = (baseUrl: string): Promise<Response> =>
    fetch(`${baseUrl}/api/v1/payment-orders?app_id=${stack.appId}`, { headers: { Authorization: `Bearer ${stack.apiKey}` } });

  test('every replica answers to its key', async () => {
    const answers = await Promise.all(stack.apis.map(({ url }) => listOrders(url)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });

  test('a replica that was killed stays away until it is started again', async () => {
    const [, second] = stack.apis;
    if (second === undefined) throw new Error('there is no second replica');
    const { pid } = second.service;
    await second.service.kill();
    expect(processIdentity(pid)).toBeNull();
    await expect(fetch(second.url)).rejects.toThrow('fetch failed');
    await second.service.start();
    expect((await listOrders(second.url)).status).toBe(200);
  }, LIMIT_MS);
});

import { LATE_PAYMENT_CHOICES } from '#domain/orders/late-payment.js';
import { expectedEnd, interleavings, play, type Happening } from '../../test/interleavings.js';
import { LateScene } from '../../test/late-scene.js';
import { Workbench } from '../../test/workbench.js';
import { LakalaGateway } from '../gateway/lakala.gateway.js';

/** Both ends together, and several questions, are in test/anomalies/interleavings.long.ts. */
const ORDERS = (['close', 'expire'] as const).flatMap((end) => interleavings([end, 'pay', 'notify', 'read', 'ask']));

let bench: Workbench;
let gateway: LakalaGateway;

beforeAll(async () => {
  bench = await Workbench.open();
  gateway = bench.gateway(LakalaGateway);
});
afterAll(() => bench.close());

test('the orders are all there are', () => {
  expect(ORDERS).toHaveLength(40);
});

describe.each(LATE_PAYMENT_CHOICES)('with the choice to %s late payments', (choice) => {
  test.each(ORDERS.map((order): [string, Happening[]] => [order.join(', '), order]))('%s', async (_, order) => {
    const scene = await LateScene.open(bench, gateway, choice);
    expect(await play(scene, order)).toEqual(expectedEnd(order, choice));
  });
});

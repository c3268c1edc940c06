import { LakalaGateway } from '../../apps/processor/src/gateway/lakala.gateway.js';
import { expectedEnd, interleavings, play } from '../../apps/processor/test/interleavings.js';
import { LateScene } from '../../apps/processor/test/late-scene.js';
import { Workbench } from '../../apps/processor/test/workbench.js';
import { LATE_PAYMENT_CHOICES } from '#domain/orders/late-payment.js';

/** LATE_ORDERS=all by hand: every order, with two questions; without it every seventh of them, from another one each choice. */
const STEP = process.env.LATE_ORDERS === 'all' ? 1 : 7;
const ORDERS = interleavings(['close', 'expire', 'pay', 'notify', 'read', 'ask', 'ask']);

let bench: Workbench;
let gateway: LakalaGateway;

beforeAll(async () => {
  bench = await Workbench.open();
  gateway = bench.gateway(LakalaGateway);
});
afterAll(() => bench.close());

test('the orders are all there are', () => {
  expect(ORDERS).toHaveLength(420);
});

test.each(LATE_PAYMENT_CHOICES.map((choice, from) => ({ choice, from })))(
  'close, expiry, payment, message and questions, in whatever order, with the choice to $choice: one end, told once, as Lakala has it',
  async ({ choice, from }) => {
    for (let at = from; at < ORDERS.length; at += STEP) {
      const order = ORDERS[at] ?? [];
      const scene = await LateScene.open(bench, gateway, choice);
      expect({ order, ...(await play(scene, order)) }).toEqual({ order, ...expectedEnd(order, choice) });
    }
  },
  3_600_000,
);

import { BusyShop } from './busy-shop.ts';
import { expectRightEnds } from './right-ends.ts';
import { World } from './world.ts';

const SALES = 50;
let world: World;
let shop: BusyShop;

beforeAll(async () => {
  world = await World.start({ env: { LAKALA_TIMEOUT_SECONDS: '1' } });
  shop = new BusyShop(world);
}, 120_000);
afterAll(async () => {
  await shop.close();
  await world.stop();
}, 60_000);

/** Of the answers that move money four in ten are lost after the deed, some calls never arrive, some say nothing. */
const OF_A_DEED = {
  droppedBefore: 0.05,
  droppedAfter: 0.25,
  inDoubtCode: 0.05,
  unsigned: 0.05,
  wrongSignature: 0.05,
  otherOrder: 0.05,
  http500: 0.05,
};
const OF_A_QUESTION = { droppedBefore: 0.04, droppedAfter: 0.04, inDoubtCode: 0.04, unsigned: 0.04, otherOrder: 0.04, neverAnswered: 0.01 };

test('whatever Lakala loses, doubles or garbles, every order and refund ends right, once, and is told in order', async () => {
  await world.lakala.setFaults({
    seed: 20_241_203,
    create: OF_A_DEED,
    refund: OF_A_DEED,
    close: OF_A_QUESTION,
    query: OF_A_QUESTION,
    refund_query: OF_A_QUESTION,
    notification: { lost: 0.5, repeated: 0.5 },
  });
  await shop.open();
  // Waiting between tries is most of it: the schedule runs twenty times as fast.
  await world.clock.hurry(20);
  await shop.sell(SALES, 20);
  await shop.allPaid();
  await shop.takeBackAll(20);
  await expectRightEnds(world, shop);

  // The faults did strike: pages were lost, and refunds were asked about.
  const ledger = await world.lakala.ledger();
  expect(ledger.filter(({ page }) => page === 'answer_lost').length).toBeGreaterThan(5);
  expect(ledger.length).toBeGreaterThan(SALES);
  expect((await world.lakala.calls()).refund_query).toBeGreaterThan(5);
}, 240_000);

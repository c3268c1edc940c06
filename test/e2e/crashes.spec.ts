import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { BusyShop } from './busy-shop.ts';
import { expectRightEnds } from './right-ends.ts';
import { World } from './world.ts';

const SALES = 50;
/** Long enough for work to get under way between two blows, and short enough for all of them to fall on open orders. */
const BREATH_MS = 700;
let world: World;
let shop: BusyShop;
let redis: Redis;

beforeAll(async () => {
  world = await World.start({ env: { LAKALA_TIMEOUT_SECONDS: '2' } });
  shop = new BusyShop(world);
  redis = new Redis(world.stack.redisUrl);
}, 120_000);
afterAll(async () => {
  redis.disconnect();
  await shop.close();
  await world.stop();
}, 60_000);

async function killAndStart(which: 'apis' | 'processors'): Promise<void> {
  const service = world.stack[which][0]?.service;
  await service?.kill('SIGKILL');
  await service?.start();
}

/** Everything that may die dies, twice, while the work goes on. */
async function strike(blows: { struck: number }, during: Promise<void>): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    for (const blow of [() => killAndStart('processors'), () => redis.flushall(), () => killAndStart('apis')]) {
      await delay(BREATH_MS);
      await blow();
      blows.struck += 1;
    }
  }
  await during;
}

test('processor and API killed and Redis wiped in the middle: every order and refund ends right, once, and is told in order', async () => {
  await shop.open();
  await world.clock.hurry(20);
  // Slow enough for each blow to find calls under way; and what is lost or garbled then is lost on top of the blows.
  const slow = { slow: { rate: 1, ms: 800 } };
  const ofADeed = { ...slow, droppedBefore: 0.05, droppedAfter: 0.2, inDoubtCode: 0.05, unsigned: 0.05, otherOrder: 0.05 };
  await world.lakala.setFaults({
    seed: 20_261_125,
    create: ofADeed,
    refund: ofADeed,
    query: slow,
    notification: { lost: 0.5, repeated: 0.5 },
  });
  const blows = { struck: 0 };
  await strike(blows, shop.sell(SALES, 200));
  await shop.allPaid();
  await strike(blows, shop.takeBackAll(200));
  await expectRightEnds(world, shop);

  // The blows did fall on work under way: pages were lost with their worker, and the consumers lost their stream.
  expect(blows.struck).toBe(12);
  expect((await world.lakala.ledger()).length).toBeGreaterThan(SALES);
  expect(shop.payments.failures).toBeGreaterThan(0);
  expect(shop.refunds.failures).toBeGreaterThan(0);
}, 240_000);

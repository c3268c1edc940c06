import { WorkInHand } from './work-in-hand.js';

describe('WorkInHand', () => {
  it('holds no more than its limit when several look for work at once', async () => {
    const inHand = new WorkInHand(10);
    const taken = await Promise.all([inHand.reserve(6), inHand.reserve(6)]);
    expect(taken).toEqual([6, 4]);
  });

  it('gives a place that was freed to those who wait, one after the other', async () => {
    const inHand = new WorkInHand(1);
    const order: string[] = [];
    await inHand.reserve(1);
    const waiting = ['first', 'second'].map(async (name) => {
      await inHand.reserve(5);
      order.push(name);
      inHand.start(async () => undefined);
    });
    inHand.giveBack(1);
    await Promise.all(waiting);
    await inHand.idle();
    expect(order).toEqual(['first', 'second']);
  });
});

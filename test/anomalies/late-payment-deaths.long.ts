import { LakalaGateway } from '../../apps/processor/src/gateway/lakala.gateway.js';
import { die, Interrupted } from '../../apps/processor/test/interrupted.js';
import { ENDS, endOf, operatorDecides, paidLate } from '../../apps/processor/test/late-ends.js';
import type { LateScene } from '../../apps/processor/test/late-scene.js';
import { Workbench } from '../../apps/processor/test/workbench.js';

let bench: Workbench;
let gateway: LakalaGateway;

beforeAll(async () => {
  bench = await Workbench.open();
  gateway = bench.gateway(LakalaGateway);
});
afterAll(() => bench.close());

test("an app's choice that changes at any moment while the payment is applied is followed before or after, and never in part", async () => {
  const ends = new Set<string>();
  for (let at = 1, struck = true; struck; at += 1) {
    const scene = await paidLate(bench, gateway, 'accept');
    const id = await scene.notify();
    const db = await bench.connect();
    const interrupted = new Interrupted(db, at, () => scene.choose('refund'));
    await scene.notificationWorker(db).work([id]);
    struck = interrupted.struck;
    await bench.moveClock(10);
    await scene.settle();
    const end = await endOf(scene);
    expect([ENDS.accept, ENDS.refund]).toContainEqual(end);
    ends.add(end.status);
    await db.destroy();
  }
  expect([...ends].sort()).toEqual(['failed', 'succeeded']);
});

describe('a process that dies before any of its statements', () => {
  /** Lets a process die before each statement in turn, another one finish, and compares the end. */
  async function dieEverywhere(
    prepare: () => Promise<LateScene>,
    work: (scene: LateScene, db: Awaited<ReturnType<Workbench['connect']>>) => Promise<void>,
    end: (typeof ENDS)[keyof typeof ENDS],
  ): Promise<number> {
    for (let at = 1; ; at += 1) {
      const scene = await prepare();
      const db = await bench.connect();
      const interrupted = new Interrupted(db, at, die);
      await work(scene, db).catch(() => undefined);
      await db.destroy();
      // Past every lease and every wait.
      await bench.moveClock(100);
      await scene.settle();
      expect({ at, ...(await endOf(scene)) }).toEqual({ at, ...end });
      if (!interrupted.struck) return at - 1;
    }
  }

  it.each(['hold', 'refund', 'accept'] as const)('while it applies a late payment, with the choice to %s', async (choice) => {
    let id = '';
    const deaths = await dieEverywhere(
      async () => {
        const scene = await paidLate(bench, gateway, choice);
        id = await scene.notify();
        return scene;
      },
      (scene, db) => scene.notificationWorker(db).work([id]),
      ENDS[choice],
    );
    expect(deaths).toBeGreaterThan(10);
  });

  it('while it gives a late payment back', async () => {
    const deaths = await dieEverywhere(
      async () => {
        const scene = await paidLate(bench, gateway, 'refund');
        await scene.notify();
        await scene.read();
        return scene;
      },
      async (_, db) => {
        const [lease] = await bench.refundLeases.claimDue(1);
        if (lease) await bench.refundWorker(gateway, true, db).work(lease, bench.refundLeases);
      },
      ENDS.refund,
    );
    expect(deaths).toBeGreaterThan(10);
  });

  it.each(['refund', 'accept'] as const)("while it carries out an operator's decision to %s", async (decision) => {
    const deaths = await dieEverywhere(
      async () => {
        const scene = await paidLate(bench, gateway, 'hold');
        await scene.notify();
        await scene.read();
        await operatorDecides(scene, decision);
        return scene;
      },
      async (_, db) => void (await bench.decisionExecutor(db).runOnce()),
      ENDS[decision],
    );
    expect(deaths).toBeGreaterThan(5);
  });
});

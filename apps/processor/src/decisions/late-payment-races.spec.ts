import { ENDS, endOf, operatorDecides, paidLate } from '../../test/late-ends.js';
import { Workbench } from '../../test/workbench.js';
import { LakalaGateway } from '../gateway/lakala.gateway.js';

let bench: Workbench;
let gateway: LakalaGateway;

beforeAll(async () => {
  bench = await Workbench.open();
  gateway = bench.gateway(LakalaGateway);
});
afterAll(() => bench.close());

describe.each(['hold', 'refund', 'accept'] as const)('a late payment, with the choice to %s', (choice) => {
  it('that several replicas hear of at once, in two messages and by asking, is one', async () => {
    const scene = await paidLate(bench, gateway, choice);
    const ids = [await scene.notify(), await scene.notify()];
    const replicas = [scene.notificationWorker(), scene.notificationWorker()];
    await Promise.all([...ids.flatMap((id) => replicas.map((replica) => replica.work([id]))), scene.ask()]);
    await Promise.all([bench.decisionExecutor().runOnce(), bench.workRefunds(bench.refundWorker(gateway)), bench.workRefunds(bench.refundWorker(gateway))]);
    await scene.settle();
    expect(await endOf(scene)).toEqual(ENDS[choice]);
  });
});

describe("an app's choice that changes", () => {
  it.each(['refund', 'accept'] as const)('to %s after the payment was held leaves it held', async (later) => {
    const scene = await paidLate(bench, gateway, 'hold');
    await scene.notify();
    await scene.read();
    await scene.choose(later);
    await scene.settle();
    expect(await endOf(scene)).toEqual(ENDS.hold);
  });

  it.each(['refund', 'accept'] as const)('to hold after it was to %s undoes nothing', async (earlier) => {
    const scene = await paidLate(bench, gateway, earlier);
    await scene.notify();
    await scene.read();
    await scene.choose('hold');
    await scene.settle();
    expect(await endOf(scene)).toEqual(ENDS[earlier]);
  });
});

describe("operators' decisions", () => {
  it('carried out by two replicas at once are carried out once', async () => {
    const scene = await paidLate(bench, gateway, 'hold');
    await scene.notify();
    await scene.read();
    await operatorDecides(scene, 'refund');
    await Promise.all([bench.decisionExecutor().runOnce(), bench.decisionExecutor().runOnce()]);
    await scene.settle();
    expect(await endOf(scene)).toEqual(ENDS.refund);
  });

  it('on a payment that is refunded already change nothing, and say so', async () => {
    const scene = await paidLate(bench, gateway, 'hold');
    await scene.notify();
    await scene.read();
    await operatorDecides(scene, 'refund');
    await bench.decisionExecutor().runOnce();
    await operatorDecides(scene, 'accept');
    await bench.decisionExecutor().runOnce();
    await scene.settle();
    expect(await endOf(scene)).toEqual(ENDS.refund);
    const { result } = await bench.one<{ result: string }>("SELECT result FROM decisions WHERE decision = 'accept' AND anomaly_id = $1", [
      await scene.anomalyId(),
    ]);
    expect(result).toBe('not accepted, the payment is being refunded, or was');
  });
});

import { v7 as uuidv7 } from 'uuid';
import type { LatePaymentChoice } from '#domain/orders/late-payment.js';
import type { LakalaGateway } from '../src/gateway/lakala.gateway.js';
import { LateScene } from './late-scene.js';
import type { Workbench } from './workbench.js';

const FAILED = ['pending>processing', 'processing>failed'];
/** How an order ends that was paid after it had failed, by its app's choice. */
export const ENDS = {
  hold: { status: 'failed', events: FAILED, anomalies: ['paid_late'], refunds: [], refunded: 0 },
  refund: { status: 'failed', events: FAILED, anomalies: ['paid_late resolved'], refunds: ['succeeded 1'], refunded: 100 },
  accept: { status: 'succeeded', events: [...FAILED, 'failed>succeeded'], anomalies: ['paid_late resolved'], refunds: [], refunded: 0 },
} as const;

/** An order that failed, and whose payer pays it after all; nobody has told us yet. */
export async function paidLate(bench: Workbench, gateway: LakalaGateway, choice: LatePaymentChoice): Promise<LateScene> {
  const scene = await LateScene.open(bench, gateway, choice);
  await scene.close();
  await scene.ask();
  await scene.pay();
  return scene;
}

/** Checks what is the same for all of them, and gives what differs. */
export async function endOf(scene: LateScene) {
  const { status, events, anomalies, refunds, atLakala, ...rest } = await scene.end();
  expect(rest).toEqual({ whole: true, refundEvents: 0, refundedAmount: 0 });
  expect(atLakala.refunds).toBe(refunds.length);
  return { status, events, anomalies, refunds, refunded: atLakala.refunded };
}

/** As the command line writes it. */
export async function operatorDecides(scene: LateScene, decision: 'refund' | 'accept'): Promise<void> {
  const { owner } = scene.bench;
  const anomalyId = await scene.anomalyId();
  const actId = uuidv7();
  await owner.query(
    `INSERT INTO operator_acts (id, operator, act, target, detail) VALUES ($1, 'tester', 'anomaly.resolve', $2, $3)`,
    [actId, anomalyId, JSON.stringify({ as: decision, reason: 'the app agrees' })],
  );
  await owner.query('INSERT INTO decisions (id, anomaly_id, decision, operator_act_id) VALUES (gen_random_uuid(), $1, $2, $3)', [
    anomalyId,
    decision,
    actId,
  ]);
}

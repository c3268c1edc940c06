import { randomUUID } from 'node:crypto';
import { runAdmin, issueKey } from '../stack/admin.ts';
import { urlForRole } from '../stack/databases.ts';
import type { PaymentOrder, RefundOrder } from '../e2e/app-client.ts';
import { AppClient } from '../e2e/app-client.ts';
import { World } from '../e2e/world.ts';

/** Keys that a request may come with; the limited one may read events and nothing else. */
export type Keys = Record<'good' | 'other' | 'limited' | 'revoked', string>;

/** A running service with orders in every state, and everything a request can name in it. */
export interface FuzzTarget {
  world: World;
  appId: string;
  otherAppId: string;
  /** Stands in everything the other app wrote, so that it shows wherever it leaks. */
  otherAppsMark: string;
  keys: Keys;
  open: PaymentOrder[];
  paid: PaymentOrder[];
  failed: PaymentOrder;
  refunds: RefundOrder[];
  /** Of the orders that are open or paid. */
  attemptIds: string[];
  /** The other app's. */
  foreign: PaymentOrder;
}

const OPEN_ORDERS = 8;
/** Refunds of any amount fit into the first, so that they are accepted; the others are soon spent. */
const PAID_AMOUNTS = [9_999_999_999, 9_999_999_999, 10_000, 1];
const RETURN = { return_url: 'https://shop.example/thanks' };
const LONGEST_EXPIRY_SECONDS = 604_800 - 1_000;

export async function startTarget(): Promise<FuzzTarget> {
  const world = await World.start({ env: { LOG_LEVEL: 'debug' } });
  try {
    const keys = await makeKeys(world);
    const otherAppsMark = `mark-${randomUUID()}`;
    const open = [];
    for (let n = 0; n < OPEN_ORDERS; n += 1)
      open.push(await world.openOrder({ expires_in: LONGEST_EXPIRY_SECONDS, extra_data: RETURN }));
    const paid = [];
    for (const amount of PAID_AMOUNTS) paid.push(await world.paidOrder(amount));
    const failed = await closedOrder(world);
    const refunds = [await refundOf(world, paid[0], 1), await refundOf(world, paid[2], 500)];
    const attemptIds = await attemptsOf(world);
    const foreign = await foreignOrder(world, keys.other, otherAppsMark, open[0]);
    const names = { appId: world.stack.appId, otherAppId: OTHER_APP, otherAppsMark };
    return { world, ...names, keys, open, paid, failed, refunds, attemptIds, foreign };
  } catch (error) {
    await world.stop();
    throw error;
  }
}

const OTHER_APP = 'other';

async function makeKeys({ stack }: World): Promise<Keys> {
  const url = urlForRole(stack.databaseUrl, 'loomi_admin');
  const other = await issueKey(url, OTHER_APP);
  const issue = async (...options: string[]): Promise<{ id: string; key: string }> =>
    JSON.parse(await runAdmin(url, 'key', 'issue', stack.appId, '--json', ...options)) as { id: string; key: string };
  const limited = await issue('--scopes', 'events:read');
  const revoked = await issue();
  await runAdmin(url, 'key', 'revoke', revoked.id);
  return { good: stack.apiKey, other, limited: limited.key, revoked: revoked.key };
}

async function closedOrder(world: World): Promise<PaymentOrder> {
  const order = await world.openOrder();
  await world.app.close(order.merchant_order_id);
  return world.ended(order, 'failed');
}

async function attemptsOf({ books }: World): Promise<string[]> {
  const { rows } = await books.query<{ id: string }>('SELECT id FROM gateway_attempts ORDER BY begun_at, id');
  return rows.map(({ id }) => id);
}

async function refundOf(world: World, order: PaymentOrder | undefined, amount: number): Promise<RefundOrder> {
  const { status, body } = await world.app.createRefund(order?.id ?? '', {
    amount,
    merchant_refund_id: `REFUND-${amount}`,
  });
  if (status !== 202) throw new Error(`the refund was answered with ${status}: ${body.detail}`);
  return world.refund(body.id, 'succeeded');
}

/** Under the very id that an order of the first app has. */
async function foreignOrder(
  world: World,
  key: string,
  mark: string,
  twin: PaymentOrder | undefined,
): Promise<PaymentOrder> {
  const app = new AppClient(world.stack.baseUrl, OTHER_APP, key);
  const { status, body } = await app.create(twin?.merchant_order_id ?? '', { subject: mark, extra_data: { mark } });
  if (status !== 202) throw new Error(`the other app's order was answered with ${status}: ${body.detail}`);
  return body;
}

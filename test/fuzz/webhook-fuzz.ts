import fc from 'fast-check';
import { openAccount, type Account } from '../lakala-sandbox/account.ts';
import { notificationAuthorization } from '../lakala-sandbox/signing.ts';
import { until } from '../stack/until.ts';
import { bookDifferences, readBooks } from './books.ts';
import { changedMessage } from './changed-messages.ts';
import { describeAnswer, describeBytes, type FuzzAnswer, type FuzzRequest } from './fuzz-request.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import type { HttpExchange } from './http-exchange.ts';
import type { AnswerCheck } from './answer-check.ts';
import { writeJson, type JsonObject } from './json-text.ts';
import { olderNotification, paidNotification, type Spoken } from './message-bases.ts';
import { provable } from './proof-oracle.ts';
import type { Tally } from './tally.ts';

const WEBHOOK = '/api/v1/webhooks/lakala';
const MOST_AT_ONCE = 10;
const USUALLY_AT_ONCE = 5;
const WAIT_MS = 120_000;

export interface WebhookFuzz {
  target: FuzzTarget;
  http: HttpExchange;
  check: AnswerCheck;
  tally: Tally;
}

/**
 * Sends so many notifications that are signed as Lakala signs and prove nothing, to a service whose processor applies
 * them as they come. Gives what went wrong: an answer, a message that cannot be applied, an order that moved.
 */
export async function fuzzWebhook(
  fuzz: WebhookFuzz,
  { messages, seed }: { messages: number; seed: number },
): Promise<string | null> {
  const { target, tally } = fuzz;
  const { world } = target;
  const account = openAccount(world.stack.sandbox.folder);
  const spoken = await spokenOrders(target);
  const before = await readBooks(world.books);
  const from = tally.total;
  const batch = fc.array(unprovenMessage(spoken), { minLength: 1, maxLength: MOST_AT_ONCE, size: 'max' });
  for (let round = 0; tally.total < from + messages; round += 1) {
    let last: string[] = [];
    const property = fc.asyncProperty(batch, async (bodies) => {
      const problems = (await Promise.all(bodies.map((body) => deliver(fuzz, account, body)))).flat();
      if (problems.length > 0) last = problems;
      return problems.length === 0;
    });
    const numRuns = Math.ceil((messages + from - tally.total) / USUALLY_AT_ONCE);
    const { failed, counterexamplePath } = await fc.check(property, { seed: seed + round, numRuns });
    if (failed) return [`seed ${seed + round}, path ${counterexamplePath}`, ...last].join('\n');
  }
  const problems = [...(await unreadMessages(target)), ...bookDifferences(before, await readBooks(world.books))];
  problems.push(...(await provenMoves(fuzz, account, spoken[0])));
  return problems.length === 0 ? null : problems.join('\n');
}

/** The orders as Lakala would speak of them. */
async function spokenOrders({ world, open, paid, failed }: FuzzTarget): Promise<Spoken[]> {
  const ids = [...open, ...paid, failed].map(({ id }) => id);
  const { rows } = await world.books.query<{ out_order_no: string; merchant_no: string; amount: string }>(
    `SELECT out_order_no, merchant_no, amount FROM gateway_attempts
     WHERE payment_order_id = ANY ($1) AND state = 'payable' ORDER BY begun_at, id`,
    [ids],
  );
  return rows.map((row) => ({
    outOrderNo: row.out_order_no,
    merchantNo: row.merchant_no,
    amountFen: Number(row.amount),
  }));
}

/** Half of them are near a proof, as a message that lacks it in one place. */
function unprovenMessage(spoken: readonly Spoken[]): fc.Arbitrary<Buffer> {
  const tradeNo = fc.integer({ min: 0, max: 99_999 }).map((n) => `2025031166200819${String(n).padStart(6, '0')}`);
  const base = fc
    .tuple(fc.constantFrom(...spoken), tradeNo, fc.constantFrom(...SHORTCOMINGS))
    .map(([order, trade, lacking]) => lacking(order, trade));
  const exact = base.map((message) => Buffer.from(writeJson(message)));
  return fc
    .oneof(exact, base.chain(changedMessage))
    .filter((bytes) => spoken.every((order) => provable(bytes, order) === null));
}

const SHORTCOMINGS: readonly ((order: Spoken, tradeNo: string) => JsonObject)[] = [
  paidNotification,
  olderNotification,
  (order, tradeNo) => ({ ...paidNotification(order, tradeNo), order_status: '1' }),
  (order, tradeNo) => withTrade(paidNotification(order, tradeNo), { trade_status: 'F' }),
  (order, tradeNo) => withTrade(paidNotification(order, tradeNo), { trade_type: 'REFUND' }),
  (order, tradeNo) => ({ ...paidNotification(order, tradeNo), order_trade_info: null }),
  (order, tradeNo) => paidNotification({ ...order, amountFen: order.amountFen + 1 }, tradeNo),
  (order, tradeNo) => ({
    ...paidNotification({ ...order, merchantNo: '822290059430BFA' }, tradeNo),
    trans_merchant_no: order.merchantNo,
  }),
  (order, tradeNo) => paidNotification({ ...order, outOrderNo: order.outOrderNo.replace(/.$/, 'g') }, tradeNo),
];

function withTrade(message: JsonObject, change: JsonObject): JsonObject {
  return { ...message, order_trade_info: { ...(message.order_trade_info as JsonObject), ...change } };
}

async function deliver({ http, check, tally }: WebhookFuzz, account: Account, body: Buffer): Promise<string[]> {
  const request = await signedRequest(account, body);
  const answer: FuzzAnswer = await http.send(request);
  tally.add('signed notification', answer.status);
  return check
    .problemsOf(request, answer)
    .map((problem) => `${problem}\n  ${describeBytes(body)}\n=> ${describeAnswer(answer)}`);
}

async function signedRequest({ platformKey }: Account, body: Buffer): Promise<FuzzRequest> {
  const authorization = await notificationAuthorization(String(Math.floor(Date.now() / 1_000)), body, platformKey);
  const headers = { authorization, 'content-type': 'application/json', 'content-length': String(body.length) };
  return { method: 'POST', path: WEBHOOK, headers, body, kind: 'a signed message' };
}

/** What was acknowledged and then failed: it would be tried again for ever. */
async function unreadMessages({ world }: FuzzTarget): Promise<string[]> {
  const unread = 'notifications WHERE applied_at IS NULL AND failures = 0';
  await until('the messages to be applied', WAIT_MS, async () => (await world.count(unread)) === 0);
  const { rows } = await world.books.query<{ raw: Buffer; last_error: string }>(
    'SELECT raw, last_error FROM notifications WHERE failures > 0 LIMIT 3',
  );
  return rows.map(({ raw, last_error: error }) => `a message cannot be applied: ${error}\n  ${describeBytes(raw)}`);
}

/** The way is open: a message that does prove a payment moves its order. */
async function provenMoves(fuzz: WebhookFuzz, account: Account, order: Spoken | undefined): Promise<string[]> {
  const [first] = fuzz.target.open;
  if (order === undefined || first === undefined) return ['there is no open order to prove a payment of'];
  const problems = await deliver(
    fuzz,
    account,
    Buffer.from(writeJson(paidNotification(order, '2025031166200819999999'))),
  );
  await fuzz.target.world.ended(first, 'succeeded');
  return problems;
}

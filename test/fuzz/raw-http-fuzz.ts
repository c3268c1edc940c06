import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { unaccountedFor } from './accounted-changes.ts';
import type { Change } from './change-watch.ts';
import { damagedBytes } from './damaged-bytes.ts';
import { describeBytes } from './fuzz-request.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import type { RequestFuzz } from './request-fuzz.ts';

/** How long a sender waits for a word before it hangs up: what is damaged may wait for a rest that never comes. */
const PATIENCE_MS = 100;
/** Of the same length as what takes its place: the number of the connection, so that an order tells which one made it. */
const ORDER_ID = 'RAW-0000000';
const ANSWER = /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n((?:[^\r]+\r\n)*)\r\n/;

/** Sends damaged HTTP over connections of their own. Gives the smallest that goes wrong; null where none does. */
export async function fuzzRawHttp(
  fuzz: RequestFuzz,
  { connections, seed }: { connections: number; seed: number },
): Promise<string | null> {
  const statuses = new Map<string, number>();
  let last = '';
  let count = 0;
  const unanswered: Buffer[] = [];
  const property = fc.asyncProperty(
    fc.constantFrom(...wholeRequests(fuzz.target)).chain(damagedBytes),
    async (damaged) => {
      count += 1;
      const bytes = withOrderId(damaged, `RAW-${String(count).padStart(ORDER_ID.length - 4, '0')}`);
      const answer = await exchange(fuzz.target.world.stack.baseUrl, bytes);
      const changes = await fuzz.watch.changes();
      const status = ANSWER.exec(answer)?.[1] ?? 'none';
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 'none') unanswered.push(bytes);
      // Damage may leave a good request, which makes what it asks for; one that is refused makes nothing.
      const isRefused = status.startsWith('4') && !/^HTTP\/1\.1 2/m.test(answer);
      const ours = changes.filter((change) => !isOfAnother(change, bytes, unanswered));
      const problems = [...answerProblems(answer), ...(isRefused ? unaccountedFor([], ours) : [])];
      if (problems.length > 0) last = `${problems.join('\n')}\n  ${describeBytes(bytes)}\n=> ${answer.slice(0, 600)}`;
      return problems.length === 0;
    },
  );
  const { failed, counterexamplePath } = await fc.check(property, { seed, numRuns: connections });
  console.log(
    `  ${[...statuses]
      .sort()
      .map(([status, count]) => `${status} ×${count}`)
      .join('  ')}`,
  );
  return failed ? `seed ${seed}, path ${counterexamplePath}\n${last}` : null;
}

/** Damage that struck the id itself is left as it is. */
function withOrderId(bytes: Buffer, id: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(ORDER_ID, id), 'latin1');
}

/** Who hung up may be served all the same, a little later: the order then has the id that was sent there, and not here. */
export function isOfAnother({ act, table, after }: Change, bytes: Buffer, unanswered: readonly Buffer[]): boolean {
  if (act !== 'INSERT' || table !== 'payment_orders') return false;
  const id = `"${String(after?.merchant_order_id)}"`;
  return !bytes.includes(id) && unanswered.some((sent) => sent.includes(id));
}

function wholeRequests({ appId, keys }: FuzzTarget): Buffer[] {
  const body = JSON.stringify({
    app_id: appId,
    merchant_order_id: ORDER_ID,
    amount: 1,
    order_type: 'payment',
    subject: 'raw',
  });
  const common = [`Host: pay.test`, `Authorization: Bearer ${keys.good}`, 'Connection: close'];
  const sized = [...common, 'Content-Type: application/json', `Content-Length: ${body.length}`];
  const chunked = [...common, 'Content-Type: application/json', 'Transfer-Encoding: chunked'];
  const post = 'POST /api/v1/payment-orders HTTP/1.1';
  return [
    [`GET /api/v1/payment-orders?app_id=${appId}&limit=1 HTTP/1.1`, ...common, '', ''].join('\r\n'),
    [post, ...sized, '', body].join('\r\n'),
    [post, ...chunked, '', body.length.toString(16), body, '0', '', ''].join('\r\n'),
    [post, ...sized, 'Transfer-Encoding: chunked', '', '0', '', body].join('\r\n'),
  ].map((text) => Buffer.from(text));
}

/** Everything that comes back until either side hangs up. */
async function exchange(baseUrl: string, bytes: Buffer): Promise<string> {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect({ host: hostname, port: Number(port), timeout: PATIENCE_MS });
  socket.on('timeout', () => socket.end());
  socket.write(bytes);
  try {
    return (await buffer(socket)).toString('latin1');
  } catch (error) {
    // Who is sent what is no HTTP may hang up.
    if (error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) return '';
    throw error;
  }
}

/** Nothing at all is an answer to nothing, and to half a request whose sender is gone. */
function answerProblems(answer: string): string[] {
  if (answer === '') return [];
  const [, status, headers] = ANSWER.exec(answer) ?? [];
  if (status === undefined || headers === undefined) return ['not an HTTP answer'];
  const hasRequestId = /^x-request-id: [A-Za-z0-9_-]{1,64}\r$/im.test(headers);
  return [...(Number(status) >= 500 ? [`a ${status}`] : []), ...(hasRequestId ? [] : ['no X-Request-Id'])];
}

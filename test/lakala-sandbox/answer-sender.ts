import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Account } from './account.ts';
import { CODES, type Answer } from './answer.ts';
import { chinaTime } from './china-time.ts';
import type { SandboxClock } from './clock.ts';
import type { Endpoint } from './endpoints.ts';
import { shuffled, type Generator } from './random.ts';
import { newNonce, signAnswer } from './signing.ts';

export type SignatureFlaw = 'unsigned' | 'wrongSignature';

/** What varies here without meaning anything varies anew each time: nobody may come to rely on it. */
const whim: Generator = Math.random;

const inAnyOrder = (data: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(shuffled(Object.entries(data), whim));

/** One source gives `BBS00000` as the success of the refund calls: they say now the one, now the other. */
function spelledCode(endpoint: Endpoint, code: string): string {
  const refunds = endpoint === 'refund' || endpoint === 'refund_query';
  return refunds && code === CODES.success && whim() < 0.5 ? 'BBS00000' : code;
}

function answerBody(endpoint: Endpoint, answer: Answer, clock: SandboxClock): Buffer {
  const members: Record<string, unknown> = {
    code: spelledCode(endpoint, answer.code),
    resp_time: chinaTime(clock.nowMs()),
  };
  // One failure sample of the real platform spells it so.
  members[answer.code === CODES.badField ? 'message' : 'msg'] = answer.msg;
  if (answer.data !== undefined) members['resp_data'] = inAnyOrder(answer.data);
  return Buffer.from(JSON.stringify(inAnyOrder(members)));
}

/** Dates, signs and sends an answer; with a flaw where a fault asks for one. */
export async function sendSigned(
  res: ServerResponse,
  account: Account,
  clock: SandboxClock,
  endpoint: Endpoint,
  answer: Answer,
  flaw: SignatureFlaw | null,
): Promise<void> {
  const body = answerBody(endpoint, answer, clock);
  const headers: Record<string, string | number> = {
    'content-type': 'application/json;charset=UTF-8',
    'content-length': body.length,
    'Lklapi-Traceid': randomUUID().replaceAll('-', ''),
  };
  if (flaw !== 'unsigned') {
    const timestamp = String(Math.floor(clock.nowMs() / 1000));
    const values = { appid: account.appid, serial: account.platformSerial, timestamp, nonce: newNonce() };
    // The platform's own key over another body: only the check of the bytes finds it out.
    const signed = flaw === 'wrongSignature' ? Buffer.concat([body, Buffer.from(' ')]) : body;
    const signature = await signAnswer(values, signed, account.platformKey);
    const quoted = whim() < 0.25 ? (value: string): string => `"${value}"` : (value: string): string => value;
    headers['Lklapi-Appid'] = quoted(values.appid);
    headers['Lklapi-Serial'] = quoted(values.serial);
    headers['Lklapi-Timestamp'] = quoted(values.timestamp);
    headers['Lklapi-Nonce'] = quoted(values.nonce);
    headers['Lklapi-Signature'] = quoted(signature);
  }
  res.writeHead(200, headers).end(body);
}

/** What a stranger gets: not signed, since the platform does not know to whom it speaks. */
export function sendUnauthenticated(res: ServerResponse, reason: string, clock: SandboxClock): void {
  const body = Buffer.from(
    JSON.stringify({ code: CODES.notAuthenticated, message: reason, resp_time: chinaTime(clock.nowMs()) }),
  );
  res.writeHead(401, { 'content-type': 'application/json;charset=UTF-8', 'content-length': body.length }).end(body);
}

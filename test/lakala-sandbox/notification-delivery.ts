import { Agent, request } from 'undici';

/** What the receiver of a notification answered. */
export interface Receipt {
  /** Null: no answer at all; `body` says why. */
  status: number | null;
  body: string;
  acknowledged: boolean;
}

const DELIVERY_TIMEOUT_MS = 5000;
const connections = new Agent({
  connect: { timeout: DELIVERY_TIMEOUT_MS },
  headersTimeout: DELIVERY_TIMEOUT_MS,
  bodyTimeout: DELIVERY_TIMEOUT_MS,
});
/** An acknowledgement is a line; nobody needs the rest of an error page. */
const LONGEST_RECEIPT = 4096;

function saysSuccess(body: string): boolean {
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null && (parsed as Record<string, unknown>)['code'] === 'SUCCESS';
  } catch {
    // Not JSON is not an acknowledgement.
    return false;
  }
}

/** One POST of a signed notification. Never throws: no answer is an answer too. */
export async function deliver(
  url: string,
  body: Buffer,
  authorization: string | null,
  signal: AbortSignal,
): Promise<Receipt> {
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' };
  if (authorization !== null) headers['authorization'] = authorization;
  try {
    // Not by fetch, which costs several times as much: what Lakala takes of the machine, the service cannot have.
    const response = await request(url, { method: 'POST', headers, body, signal, dispatcher: connections });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      body: text.slice(0, LONGEST_RECEIPT),
      acknowledged: response.statusCode === 200 && saysSuccess(text),
    };
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    return { status: null, body: String(cause), acknowledged: false };
  }
}

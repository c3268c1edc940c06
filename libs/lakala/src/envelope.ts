import { formatChinaTime } from './china-time.js';
import { type JsonObject, isAbsent, parseJsonObject, requiredText, shownText } from './message-fields.js';

/** An answer's envelope. `code` tells of the call, never of the money (docs/lakala.md, "Envelope"). */
export interface Envelope {
  readonly code: string;
  /** Lakala's words for people; empty where there are none. */
  readonly message: string;
  /** Absent on many failures. */
  readonly respData?: JsonObject;
}

/** The body of a request, ready to be signed and sent as it is (docs/lakala.md, "Envelope"). */
export function buildRequest(reqData: JsonObject, now: Date): string {
  return JSON.stringify({ req_time: formatChinaTime(now), version: '3.0', req_data: reqData });
}

/** Reads an answer whose signature was verified. Throws MessageError for what is no JSON object or has no code. */
export function parseEnvelope(raw: Uint8Array): Envelope {
  const body = parseJsonObject(raw);
  const code = requiredText(body, 'code');
  // One recorded failure spells msg as message.
  const message = shownText(body, 'msg') ?? shownText(body, 'message') ?? '';
  const data = body['resp_data'];
  const hasData = !isAbsent(data) && typeof data === 'object' && !Array.isArray(data);
  return { code, message, respData: hasData ? (data as JsonObject) : undefined };
}

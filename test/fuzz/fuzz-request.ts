import type { JsonObject } from './json-text.ts';
import type { Operation } from './openapi-document.ts';

/** One request, as plain as it goes on the wire. */
export interface FuzzRequest {
  method: string;
  /** With its query, already encoded. */
  path: string;
  headers: Readonly<Record<string, string | string[]>>;
  body: Buffer | undefined;
  /** Which kind of fault was put in, for the report. */
  kind: string;
  /** Why no service that keeps to the document may accept it. */
  mustBeRefused?: string;
  /** Everything in it is as the document says, so a 400 would be the document's fault. */
  isValid?: boolean;
  /** With the key of another app, whose own orders it may see. */
  asOtherApp?: boolean;
}

/** A request in its parts, before it is written. */
export interface Draft {
  operation: Operation;
  method: string;
  path: Record<string, string>;
  query: [string, string][];
  body: JsonObject | undefined;
}

export interface FuzzAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
}

/** The segments of the address, decoded; it may name its server too (RFC 9112, section 3.2.2). */
export function segmentsOf(path: string): string[] {
  const address = path.replace(/^https?:\/\/[^/]*/i, '').split(/[?#]/, 1)[0] ?? '';
  return address.split('/').map(decoded);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Then it is no address of ours, whatever it says.
    return text;
  }
}

const SHOWN_BYTES = 1_500;

/** The request as somebody would retype it; no key in it. */
export function describeRequest({ method, path, headers, body, kind }: FuzzRequest): string {
  const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${maskKeys(String(value))}`);
  return [`${method} ${path}   (${kind})`, ...lines, ...(body === undefined ? [] : [`  ${describeBytes(body)}`])].join(
    '\n',
  );
}

export function describeAnswer({ status, headers, body }: FuzzAnswer): string {
  return `${status} ${String(headers['content-type'] ?? '')}\n  ${describeBytes(body)}`;
}

/** As text where they are text, else in Base64. */
export function describeBytes(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(bytes);
  const shown = isText ? JSON.stringify(text) : `base64 ${bytes.toString('base64')}`;
  return shown.length > SHOWN_BYTES ? `${shown.slice(0, SHOWN_BYTES)}… (${bytes.length} bytes)` : shown;
}

function maskKeys(value: string): string {
  return value.replace(/[A-Za-z0-9_-]{30,}/g, '***');
}

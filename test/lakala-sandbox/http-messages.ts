import type { IncomingMessage, ServerResponse } from 'node:http';

const LONGEST_BODY = 65_536;

/** A request that cannot be served, with the status that says so. */
export class HttpError extends Error {
  readonly status: number;
  readonly details: readonly string[];

  constructor(status: number, message: string, details: readonly string[] = []) {
    super(message);
    this.status = status;
    this.details = details;
  }
}

/** The exact bytes of the body. */
export async function readBody(req: IncomingMessage): Promise<Buffer> {
  const tooLarge = (): HttpError => new HttpError(413, `the body is larger than ${LONGEST_BODY} bytes`);
  // Asked first: leaving the loop below early destroys the connection, and then nobody hears why.
  if (Number(req.headers['content-length'] ?? 0) > LONGEST_BODY) throw tooLarge();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of req) {
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length > LONGEST_BODY) throw tooLarge();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** The body as a JSON object; an empty body is an empty object. */
export async function readJsonObject(req: IncomingMessage): Promise<Record<string, unknown>> {
  const text = (await readBody(req)).toString('utf8');
  if (text.trim() === '') return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new HttpError(400, 'the body is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new HttpError(400, 'the body is not a JSON object');
  return parsed as Record<string, unknown>;
}

export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.from(`${JSON.stringify(body, null, 2)}\n`);
  res.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': bytes.length,
    ...headers,
  });
  res.end(bytes);
}

export function sendError(res: ServerResponse, error: HttpError): void {
  const details = error.details.length > 0 ? { errors: error.details } : {};
  sendJson(res, error.status, { error: error.message, ...details });
}

import type { IncomingMessage } from 'node:http';
import { v4 as uuid } from 'uuid';

const ACCEPTED = /^[A-Za-z0-9_-]{1,64}$/;

/** The caller's own `X-Request-Id` where it is safe to repeat in logs and answers, else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTED.test(given) ? given : uuid();
}

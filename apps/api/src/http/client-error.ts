import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { v4 as uuid } from 'uuid';
import { ApiError, PROBLEMS, problemOf } from './problems.js';

const REFUSALS: Readonly<Record<string, () => ApiError>> = {
  HPE_HEADER_OVERFLOW: () => new ApiError('headers_too_large', 'The headers are larger than 16 KiB.'),
  ERR_HTTP_REQUEST_TIMEOUT: () => new ApiError('request_timeout', 'The request took too long to arrive.'),
};

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

/** The last request of each connection. */
const exchanges = new WeakMap<Socket, Exchange>();

/** Has the server remember what is being answered on a connection when something else that comes there is refused. */
export function rememberExchanges(server: Server): void {
  server.on('request', (request, response) => exchanges.set(request.socket, { request, response }));
}

/** Answers what Node's HTTP parser refuses, for which there is no request and no reply, only a socket. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  // The caller is gone, or its answer is already on the way: there is nobody to tell.
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const exchange = exchanges.get(socket);
  if (exchange?.request.complete && !exchange.response.writableFinished) {
    // It arrived whole and is being carried out. A refusal of what follows it would come first, and be taken for its answer.
    exchange.response.shouldKeepAlive = false;
    exchange.response.once('finish', () => socket.end());
    return;
  }
  const refusal = REFUSALS[error.code ?? '']?.() ?? new ApiError('malformed_request', 'This is not a valid HTTP request.');
  const requestId = uuid();
  const { status } = PROBLEMS[refusal.code];
  const body = JSON.stringify(problemOf(refusal, requestId));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'X-Content-Type-Options: nosniff',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

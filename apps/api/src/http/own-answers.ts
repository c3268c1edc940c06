import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { rememberExchanges } from './client-error.js';
import { ApiError } from './problems.js';

/**
 * Takes over what Node's HTTP server would answer by itself, with neither a problem document nor a request id. The
 * server must have been made with `requireHostHeader: false`.
 */
export function answerInsteadOfNode(fastify: FastifyInstance): void {
  const { server } = fastify;
  rememberExchanges(server);
  hangUpOnUpgraders(server);
  // An expectation that nobody knows may be ignored (RFC 9110, section 10.1.1).
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => server.emit('request', request, response));
  fastify.addHook('onRequest', (request, _reply, done) => {
    const lacksHost = request.raw.httpVersion === '1.1' && request.headers.host === undefined;
    done(lacksHost ? new ApiError('malformed_request', 'A request over HTTP/1.1 needs a Host header.') : undefined);
  });
}

/**
 * Whoever asks for another protocol is answered in this one, and for the last time on its connection: what comes after
 * such a request and cannot be read, Node keeps to itself, and its sender would wait for an answer until it gives up.
 */
function hangUpOnUpgraders(server: Server): void {
  server.prependListener('request', (request, response) => {
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
  });
}

import type { FastifyInstance } from 'fastify';
import type { ShutdownState } from '#platform/shutdown/shutdown-state.js';

/**
 * While the process drains, every answer asks its client to come by another connection next time, which leads to another
 * replica. Else a request that is sent in the moment when the idle connections are closed finds no answer.
 */
export function installFarewell(fastify: FastifyInstance, shutdown: () => ShutdownState): void {
  let state: ShutdownState | undefined;
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    state ??= shutdown();
    if (state.isShuttingDown) void reply.header('connection', 'close');
    done();
  });
}

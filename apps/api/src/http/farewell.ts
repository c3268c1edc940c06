import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { ShutdownState } from '#platform/shutdown/shutdown-state.js';

const LOOK_EVERY_MS = 100;

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

/**
 * Hangs up on whoever has connected and said nothing, once the server closes. Node takes such a connection for one with a
 * request under way and waits for that: a load balancer that connects ahead of its requests would hold up the exit.
 */
export function hangUpOnTheSilent(fastify: FastifyInstance): void {
  const connections = new Set<Socket>();
  fastify.server.on('connection', (connection: Socket) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  const hangUp = (): void => {
    for (const connection of connections) if (connection.bytesRead === 0) connection.destroy();
  };
  fastify.addHook('preClose', (done) => {
    hangUp();
    // One more may have been let in at the last moment.
    const again = setInterval(hangUp, LOOK_EVERY_MS);
    fastify.server.once('close', () => clearInterval(again));
    done();
  });
}

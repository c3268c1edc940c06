import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Counter } from 'prom-client';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { ShutdownState } from '#platform/shutdown/shutdown-state.js';
import { Doorkeeper, type Room } from './doorkeeper.js';
import { ApiError, problemOf } from './problems.js';
import { requestIdOf } from './request-id.js';
import { ORDERS_PATH, RETRY_AFTER_SECONDS, WEBHOOK_PATH } from './routes.js';

/** Which requests are turned away together; the shorter the wait, the sooner. */
type Door = 'creates' | 'others';

/**
 * A new order can wait, so it is the first to be turned away; who asks about one that is there, or refunds it, is so only
 * later. A create stays for a few milliseconds at an idle service, and for 16 where 32 callers take turns. However slow the
 * machine is, an app that sends a hundred creates at once is never turned away.
 */
const ROOMS: Readonly<Record<Door, Room>> = {
  creates: { least: 128, greatest: 1_024, aimMs: 50 },
  others: { least: 256, greatest: 1_024, aimMs: 200 },
};

// Made once: the trace of an error costs as much as the rest of the answer.
const BUSY = new ApiError('service_unavailable', 'More requests wait than can be served just now: send the same request again.');

/** What is there only once the application is. */
interface Surroundings {
  readonly metrics: Metrics;
  readonly shutdown: ShutdownState;
}

/**
 * Turns requests away as soon as their heads are read where they would wait for too long: before Fastify, hooks, keys and
 * the database, or refusing would cost half as much as serving. Neither health nor Lakala's notifications are ever turned
 * away here. To be installed before anything else that listens to the server.
 */
export function installAdmission(fastify: FastifyInstance, surroundings: () => Surroundings): void {
  const { server } = fastify;
  const doorkeepers = { creates: new Doorkeeper(ROOMS.creates), others: new Doorkeeper(ROOMS.others) };
  // From the start: a counter that first appears at 1 has not risen.
  fastify.addHook('onReady', async () => {
    for (const door of Object.keys(ROOMS)) turnedAwayIn(surroundings().metrics).inc({ door }, 0);
  });
  const [serve] = server.listeners('request') as RequestListener[];
  if (!serve) throw new Error('nobody serves what is let in');
  server.off('request', serve);
  server.on('request', (request, response) => {
    const door = doorOf(request);
    if (door === null) return serve(request, response);
    const leave = doorkeepers[door].enter();
    if (leave === null) return turnAway(door, request, response, surroundings());
    // Also where the caller hangs up before the answer.
    response.once('close', leave);
    serve(request, response);
  });
}

function turnedAwayIn(metrics: Metrics): Counter<'door'> {
  return metrics.counter('loomi_turned_away_total', 'Requests turned away because too many wait', ['door']);
}

function doorOf({ method, url = '' }: IncomingMessage): Door | null {
  const [path = ''] = url.split('?', 1);
  if (path === WEBHOOK_PATH || path.startsWith('/health')) return null;
  return method === 'POST' && path === ORDERS_PATH ? 'creates' : 'others';
}

function turnAway(door: Door, request: IncomingMessage, response: ServerResponse, { metrics, shutdown }: Surroundings): void {
  turnedAwayIn(metrics).inc({ door });
  const requestId = requestIdOf(request);
  const body = JSON.stringify(problemOf(BUSY, requestId));
  // See installFarewell.
  if (shutdown.isShuttingDown) response.shouldKeepAlive = false;
  response.writeHead(503, {
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'retry-after': RETRY_AFTER_SECONDS,
    'x-request-id': requestId,
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

import type { FastifyInstance } from 'fastify';
import { withLogContext } from '#platform/logging/log-context.js';
import type { Log } from '#platform/logging/log.js';
import type { Metrics } from '#platform/metrics/metrics.js';
import type { OrderTraces } from '#platform/tracing/order-traces.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The order that the request was about, for its trace. */
    about?: { orderId: string; isFirst: boolean };
  }
}

interface Journals {
  readonly log: Log;
  /** Both are there only once the application is. */
  readonly metrics: () => Metrics;
  readonly traces: () => OrderTraces;
}

/** Gives every answer its request id and every line logged on the way, and counts and times the answers by route. */
export function installRequestJournal(fastify: FastifyInstance, { log, metrics, traces }: Journals): void {
  let measures: ReturnType<typeof measuresIn> | undefined;
  fastify.addHook('onReady', async () => void (measures = measuresIn(metrics())));
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  // Not before the body is read: its events come from the socket, outside of what was begun here.
  fastify.addHook('preHandler', (request, _reply, done) => withLogContext({ request_id: request.id }, done));
  fastify.addHook('onResponse', (request, reply, done) => {
    // The route's pattern, never the address: labels must be few.
    const route = request.routeOptions.url ?? 'unknown';
    const { method } = request;
    const status = reply.statusCode;
    measures ??= measuresIn(metrics());
    measures.answers.inc({ method, route, status });
    measures.durations.observe({ route }, reply.elapsedTime / 1000);
    // Probes come every few seconds and say nothing.
    const level = route.startsWith('/health') ? 'debug' : 'info';
    log.write(level, 'request_answered', {
      request_id: request.id,
      app_id: request.caller?.appId,
      key_id: request.caller?.keyId,
      method,
      route,
      status,
      duration_ms: reply.elapsedTime,
    });
    if (request.about) {
      traces().record({
        ...request.about,
        name: `${method} ${route}`,
        kind: 'server',
        startMs: Date.now() - reply.elapsedTime,
        attributes: { 'http.request.method': method, 'http.route': route, 'http.response.status_code': status },
        callerTrace: request.headers['traceparent']?.toString(),
      });
    }
    done();
  });
}

function measuresIn(metrics: Metrics) {
  return {
    answers: metrics.counter('loomi_http_requests_total', 'Answers by route', ['method', 'route', 'status']),
    durations: metrics.histogram('loomi_http_request_duration_seconds', 'Time to answer', ['route']),
  };
}

import { NestFactory } from '@nestjs/core';
import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NestLogAdapter } from '#platform/logging/nest-log.adapter.js';
import { Metrics } from '#platform/metrics/metrics.js';
import { ShutdownState } from '#platform/shutdown/shutdown-state.js';
import { OrderTraces } from '#platform/tracing/order-traces.js';
import type { ApiConfiguration } from './api.configuration.js';
import { AppModule } from './app.module.js';
import './auth/caller.js';
import { installAdmission } from './http/admission.js';
import { installAllowedMethods } from './http/allowed-methods.js';
import { installBodyParser } from './http/body-parser.js';
import { answerClientError } from './http/client-error.js';
import { hangUpOnTheSilent, installFarewell } from './http/farewell.js';
import { answerInsteadOfNode } from './http/own-answers.js';
import { ProblemFilter } from './http/problem.filter.js';
import { installRequestJournal } from './http/request-journal.js';
import { requestIdOf } from './http/request-id.js';
import { BODY_LIMIT_BYTES } from './http/routes.js';
import { installHeadersForPrograms, SparingAdapter } from './http/security-headers.js';
import { serveDocs } from './openapi/docs-page.js';
import { installAddressRules } from './limits/caller-address.js';
import { RateLimits } from './limits/rate-limits.js';
import type { ApiSurroundings } from './resources.module.js';
import { DtoPipe } from './validation/dto.pipe.js';

// A body of 64 KiB needs a fraction of it on any network; who sends a byte a second does not hold a socket for longer.
const REQUEST_TIMEOUT_MS = 30_000;
// As long as Node lets the whole head of a request be, so that it is the id's own rule that refuses a long one.
const MAX_PATH_PARAMETER_LENGTH = 16 * 1024;

/** The API, ready to listen. */
export async function createApi(
  configuration: ApiConfiguration,
  surroundings: ApiSurroundings,
): Promise<NestFastifyApplication> {
  const { log } = surroundings;
  const problems = new ProblemFilter(log);
  const adapter = fastifyAdapter(problems, configuration.limits.trustedProxies);
  const fastify = adapter.getInstance();
  installAdmission(fastify, () => ({ metrics: app.get(Metrics), shutdown: app.get(ShutdownState, { strict: false }) }));
  // Hooks see only the routes that are made after them.
  installRequestJournal(fastify, { log, metrics: () => app.get(Metrics), traces: () => app.get(OrderTraces) });
  installHeadersForPrograms(fastify);
  installAddressRules(fastify, { limits: () => app.get(RateLimits), lakala: configuration.limits.lakalaAllowedIps });
  installFarewell(fastify, () => app.get(ShutdownState, { strict: false }));
  hangUpOnTheSilent(fastify);
  answerInsteadOfNode(fastify);
  installAllowedMethods(fastify);
  installBodyParser(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.register(configuration, surroundings), adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: new NestLogAdapter(log),
  });
  app.useGlobalFilters(problems);
  app.useGlobalPipes(new DtoPipe());
  app.useSecurityHeaders({ contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY } });
  serveDocs(app);
  return app.init();
}

function fastifyAdapter(problems: ProblemFilter, trustedProxies: string | undefined): FastifyAdapter {
  return new SparingAdapter({
    logger: false,
    // The answer would be Node's own, without a problem document: see answerInsteadOfNode.
    http: { requireHostHeader: false },
    // Undefined: nobody's, the address is the socket's.
    trustProxy: trustedProxies ?? false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_LENGTH },
    // What is under way when the process stops is answered, also on connections that were open before.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: requestIdOf,
    clientErrorHandler: answerClientError,
    // An address that cannot be decoded is refused before any hook, that of the security headers included.
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      problems.answer(error, request, reply.header('x-content-type-options', 'nosniff')),
  });
}

/** Everything the docs page needs is served from here; nothing frames us. */
const CONTENT_SECURITY_POLICY = {
  'default-src': ["'self'"],
  'base-uri': ["'self'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
  'img-src': ["'self'", 'data:'],
  'object-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
};

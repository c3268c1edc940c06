import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Networks } from '#platform/net/networks.js';
import { ApiError } from '../http/problems.js';
import { WEBHOOK_PATH } from '../http/routes.js';
import type { RateLimits } from './rate-limits.js';

/** What is decided by a caller's address, before anything else of a request is looked at. */
export interface AddressRules {
  readonly limits: () => RateLimits;
  /** From where notifications are taken; undefined: from everywhere. */
  readonly lakala: string | undefined;
}

/**
 * Counts requests by their callers' addresses, and takes notifications only from where they may come. Notifications are
 * not counted, or somebody's flood could keep Lakala's away; neither are probes.
 */
export function installAddressRules(fastify: FastifyInstance, { limits, lakala }: AddressRules): void {
  const lakalas = lakala === undefined ? undefined : Networks.of(lakala);
  fastify.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? '';
    if (route.startsWith('/health')) return done();
    if (route === WEBHOOK_PATH) return done(lakalas?.has(request.ip) === false ? notAllowed(request) : undefined);
    const taken = takeOne(limits(), request, reply);
    if (taken instanceof Promise) taken.then(() => done(), done);
    else done(taken);
  });
}

/** The refusal, or nothing; at once where it can be told. What `done` sets going must not be caught here. */
function takeOne(limits: RateLimits, request: FastifyRequest, reply: FastifyReply): Promise<void> | Error | undefined {
  try {
    return limits.take('ip', request.ip, reply) ?? undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The refusal of a caller from an address that is not on the list. */
export function notAllowed({ ip }: FastifyRequest): ApiError {
  return new ApiError('address_not_allowed', `Requests from ${ip} are not taken here: ask the operator to allow the address.`);
}

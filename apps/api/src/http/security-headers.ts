import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** All that means anything to a program, and to a browser that is made to show its answer after all. */
const FOR_PROGRAMS = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};

/**
 * Leaves Nest's dozen security headers to those who send no Authorization: browsers, on their way through our pages. They
 * take half as long as all else that Node and Fastify do for a request, and a program with a key or a signature heeds none.
 */
export class SparingAdapter extends FastifyAdapter {
  override registerSecurityHook(hook: Parameters<FastifyAdapter['registerSecurityHook']>[0]): void {
    super.registerSecurityHook((request, response) => (isFromProgram(request) ? undefined : hook(request, response)));
  }
}

/** Gives the answers to programs their few. */
export function installHeadersForPrograms(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (isFromProgram(request)) void reply.headers(FOR_PROGRAMS);
    done();
  });
}

function isFromProgram(request: FastifyRequest): boolean {
  return request.headers.authorization !== undefined;
}

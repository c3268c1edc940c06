import type { FastifyInstance } from 'fastify';
import { ApiError } from './problems.js';

/** The methods of every route, collected as the routes are made: Fastify itself answers 404 for a wrong method. */
export function installAllowedMethods(fastify: FastifyInstance): void {
  const methodsByPattern = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ method, url }) => {
    const methods = methodsByPattern.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    methodsByPattern.set(url, methods);
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = methodsAt(methodsByPattern, path);
    if (allowed.length === 0) return done();
    const allow = [...allowed, 'OPTIONS'].sort().join(', ');
    if (request.method === 'OPTIONS') return void reply.code(204).header('allow', allow).send();
    done(new ApiError('method_not_allowed', `This address takes ${allow}.`, { headers: { allow } }));
  });
}

function methodsAt(methodsByPattern: ReadonlyMap<string, ReadonlySet<string>>, path: string): string[] {
  const methods = [...methodsByPattern].flatMap(([pattern, found]) => (matches(pattern, path) ? [...found] : []));
  return [...new Set(methods)];
}

/** Enough of a matcher for our own patterns: fixed segments, `:parameters`, and a `*` at the end. */
function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const isOpenEnded = wanted.at(-1) === '*';
  if (isOpenEnded ? given.length < wanted.length : given.length !== wanted.length) return false;
  return wanted.every((segment, index) => segment === '*' || segment === given[index] || (segment.startsWith(':') && given[index] !== ''));
}

import type { FastifyInstance } from 'fastify';
import { ApiError } from './problems.js';
import { BODY_LIMIT_BYTES, WEBHOOK_PATH } from './routes.js';
import { parseStrictJson } from './strict-json.js';

const OCTETS = 'application/octet-stream';
const JSON_TYPE = /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i;

/** Makes bodies strict JSON, but for the webhook's, which stay the bytes that were signed. */
export function installBodyParser(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addHook('onRequest', (request, _reply, done) => {
    // Fastify refuses a content type it cannot read before any parser is asked.
    if (request.routeOptions.url === WEBHOOK_PATH) request.headers['content-type'] = OCTETS;
    done();
  });
  // The first two by name: whatever only the last one takes is parsed anew at every request.
  fastify.addContentTypeParser(['application/json', OCTETS, '*'], { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES }, (request, body: Buffer, done) => {
    if (request.routeOptions.url === WEBHOOK_PATH) return done(null, body);
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding.toLowerCase() !== 'identity') {
      return done(new ApiError('unsupported_media_type', 'Send the body as it is, without a Content-Encoding.'));
    }
    if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) {
      return done(new ApiError('unsupported_media_type', 'Send the body as Content-Type: application/json, in UTF-8.'));
    }
    try {
      done(null, parseStrictJson(body));
    } catch (error) {
      done(error as Error);
    }
  });
}

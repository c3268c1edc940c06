import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

const DESCRIPTION = [
  'Payment and refund orders over Lakala. Money is an integer in fen; times are UTC in whole seconds.',
  'Orders are accepted at once (202) and end later: the result comes on Redis Streams, by `GET /events`, or by asking.',
  'After a 5xx or a lost answer, send the same request again: it finds what the first one made. For a refund, give it a merchant_refund_id: without one, a repeat after the first refund has ended is a second refund.',
].join('\n\n');

/** The document that describes every call of the public API, with closed schemas. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const configuration = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Loomi Pay')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The API key of your app.' })
    .build();
  const document = SwaggerModule.createDocument(app, configuration, { autoTagControllers: false });
  for (const path of Object.keys(document.paths)) {
    // Health speaks to Kubernetes, not to integrators.
    if (path.startsWith('/health')) delete document.paths[path];
  }
  closeSchemas(document);
  return document;
}

/** A field that is not written down is not in an answer; the caller's own `extra_data` is open, being the caller's. */
function closeSchemas(document: OpenAPIObject): void {
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
    if ('properties' in schema) schema.additionalProperties = name === 'PaymentExtraDataView';
  }
}

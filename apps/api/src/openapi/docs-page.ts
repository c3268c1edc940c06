import type { INestApplication } from '@nestjs/common';
import { SwaggerModule } from '@nestjs/swagger';
import { openApiDocument } from './document.js';

/** Serves the document, and a page to try it whose files all come from here. */
export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('api/v1/docs', app, openApiDocument(app), {
    jsonDocumentUrl: 'api/v1/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Loomi Pay API',
    swaggerOptions: { persistAuthorization: false, validatorUrl: null },
  });
}

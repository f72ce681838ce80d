import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import type { Codes } from '../errors/codes.ts';
import { openApiDocument } from './document.ts';

/** Swagger's page at /docs, from this service alone. */
export function serveDocsPage(app: NestFastifyApplication, name: string, codes: Codes): void {
  // In a bundle the assets lie beside main.js; in source the package knows where they are.
  const assets = join(import.meta.dirname, 'swagger-ui');
  SwaggerModule.setup('docs', app, () => openApiDocument(app, name, codes), {
    raw: false,
    customSiteTitle: name,
    ...(existsSync(assets) && { customSwaggerUiPath: assets }),
  });
}

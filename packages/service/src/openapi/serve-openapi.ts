import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceConfig } from '../config/base-config.ts';
import type { Codes } from '../errors/codes.ts';

/** GET /openapi.json always, GET /docs when DOCS_ENABLED. The document is made at the first request for it. */
export async function serveOpenApi(app: NestFastifyApplication, config: ServiceConfig, codes: Codes): Promise<void> {
  let document: object | undefined;
  app.getHttpAdapter().get('/openapi.json', async (_request: FastifyRequest, reply: FastifyReply) => {
    const { openApiDocument } = await import('./document.ts');
    document ??= openApiDocument(app, config.name, codes);
    reply.send(document);
  });
  if (config.DOCS_ENABLED) {
    const { serveDocsPage } = await import('./docs-page.ts');
    serveDocsPage(app, config.name, codes);
  }
}

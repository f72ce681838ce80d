import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import type { ServiceConfig } from '../config/base-config.ts';
import { completeOperation } from './complete-operation.ts';
import { headersIn } from './headers.ts';
import { PROBLEM_SCHEMA } from './problems.ts';

/** GET /openapi.json always, GET /docs when DOCS_ENABLED. The document is made at the first request for it. */
export function serveOpenApi(app: NestFastifyApplication, config: ServiceConfig): void {
  // In a bundle the assets lie beside main.js; in source the package knows where they are.
  const assets = join(import.meta.dirname, 'swagger-ui');
  SwaggerModule.setup('docs', app, () => openApiDocument(app, config.name), {
    ui: config.DOCS_ENABLED,
    raw: ['json'],
    jsonDocumentUrl: 'openapi.json',
    customSiteTitle: config.name,
    ...(existsSync(assets) && { customSwaggerUiPath: assets }),
  });
}

export function openApiDocument(app: NestFastifyApplication, name: string): OpenAPIObject {
  const info = new DocumentBuilder()
    .setTitle(name)
    .setVersion('1')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'opaque' }, 'session')
    .addSecurityRequirements('session')
    .build();
  const document = SwaggerModule.createDocument(app, info, {
    standardSchemaConverter: toJsonSchema,
    operationIdFactory: (controller, method) => `${controller.replace('Controller', '')}_${method}`,
  });
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = methods[method];
      if (operation) completeOperation(method, path, operation);
    }
  }
  const headers = headersIn(document) as NonNullable<OpenAPIObject['components']>['headers'];
  const schemas = { ...document.components?.schemas, Problem: PROBLEM_SCHEMA };
  document.components = { ...document.components, headers, schemas };
  return document;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

function toJsonSchema(schema: unknown, { schemaType }: { schemaType: 'input' | 'output' }) {
  const json: JsonSchema = z.toJSONSchema(schema as z.ZodType, {
    target: 'openapi-3.0',
    io: schemaType,
    // `format` says it; zod's pattern of a date takes six lines.
    override: ({ jsonSchema }) => {
      if (jsonSchema.format) delete jsonSchema.pattern;
    },
  });
  const { definitions, ...own } = json;
  return { schema: own, components: definitions };
}

type JsonSchema = { definitions?: Record<string, unknown> } & Record<string, unknown>;

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { z } from 'zod';
import type { ServiceConfig } from '../config/base-config.ts';
import { problemResponse } from './api-problems.decorator.ts';

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
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'opaque' }, 'session')
    .addSecurityRequirements('session')
    .build();
  const document = SwaggerModule.createDocument(app, info, {
    standardSchemaConverter: toJsonSchema,
    operationIdFactory: (controller, method) => `${controller.replace('Controller', '')}_${method}`,
  });
  document.components ??= {};
  document.components.schemas = { ...document.components.schemas, Problem: PROBLEM_SCHEMA };
  for (const operation of operationsOf(document)) documentSharedProblems(operation);
  return document;
}

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

type SchemaObject = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string];
type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

function operationsOf(document: OpenAPIObject): Operation[] {
  return Object.values(document.paths).flatMap((path) =>
    [path.get, path.post, path.put, path.patch, path.delete].filter((operation) => operation !== undefined),
  );
}

function documentSharedProblems(operation: Operation): void {
  const responses: Record<string, unknown> = operation.responses;
  const takesInput = operation.requestBody !== undefined || (operation.parameters ?? []).length > 0;
  if (takesInput) responses['400'] ??= problemResponse(['invalid']);
  const isPublic = operation.security?.some((requirement) => Object.keys(requirement).length === 0);
  if (!isPublic) responses['401'] ??= problemResponse(['unauthenticated']);
  responses.default ??= { ...problemResponse(['internal_error']), description: 'Any other problem' };
}

const PROBLEM_SCHEMA: SchemaObject = {
  type: 'object',
  description: 'RFC 9457. A 5xx says nothing about its cause; give its requestId to whoever runs the service.',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string', enum: ['about:blank'] },
    title: { type: 'string', description: 'The phrase of the status' },
    status: { type: 'integer', example: 400 },
    code: { type: 'string', description: 'Stable, for programs', example: 'invalid' },
    detail: { type: 'string', description: 'One sentence, for people' },
    requestId: { type: 'string', description: 'Also in the x-request-id header and in the log' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'JSON pointer to the member or parameter', example: '/email' },
          detail: { type: 'string' },
        },
      },
    },
  },
};

import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import * as swagger from '@nestjs/swagger';
import { z } from 'zod';
import type { Codes } from '../errors/codes.ts';
import { completeOperation } from './complete-operation.ts';
import { applyDocumentation } from './documented.decorator.ts';
import { headersIn } from './headers.ts';
import { problemSchema } from './problems.ts';

export function openApiDocument(app: NestFastifyApplication, name: string, codes: Codes): swagger.OpenAPIObject {
  applyDocumentation(swagger);
  const info = new swagger.DocumentBuilder()
    .setTitle(name)
    .setVersion('1')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'opaque' }, 'session')
    .addSecurityRequirements('session')
    .build();
  const document = swagger.SwaggerModule.createDocument(app, info, {
    standardSchemaConverter: toJsonSchema,
    operationIdFactory: (controller, method) => `${controller.replace('Controller', '')}_${method}`,
  });
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = methods[method];
      if (operation) completeOperation(method, path, operation, codes);
    }
  }
  const headers = headersIn(document) as NonNullable<swagger.OpenAPIObject['components']>['headers'];
  const schemas = { ...document.components?.schemas, Problem: problemSchema(codes) };
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

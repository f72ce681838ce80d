import {
  applyDecorators,
  HttpCode,
  SerializeOptions,
  StandardSchemaSerializerInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import { ApiNoContentResponse, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { responseSchema } from '../serialization/response-schema.ts';

/** What the route answers: members that the schema does not name stay inside. Also its status (200) and documentation. */
export function Returns(schema: z.ZodType, options: { status?: number; description?: string } = {}): MethodDecorator {
  const { status = 200, description = '' } = options;
  return applyDecorators(
    HttpCode(status),
    serialise(schema, status),
    ApiResponse({ status, description, standardSchema: schema }),
  );
}

/** By Fastify's serialiser, or where that would not write the same, by zod's parser. */
function serialise(schema: z.ZodType, status: number): MethodDecorator {
  const response = responseSchema(schema);
  if (response) return RouteSchema({ response: { [status]: response } });
  return applyDecorators(UseInterceptors(StandardSchemaSerializerInterceptor), SerializeOptions({ schema }));
}

/** The route answers 204 without a body. */
export function ReturnsNothing(description = ''): MethodDecorator {
  return applyDecorators(HttpCode(204), ApiNoContentResponse({ description }));
}

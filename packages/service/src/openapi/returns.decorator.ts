import { applyDecorators, HttpCode } from '@nestjs/common';
import { RouteSchema } from '@nestjs/platform-fastify';
import type { z } from 'zod';
import { writtenBy } from '../serialization/lazy-serializer.ts';
import { documented } from './documented.decorator.ts';

/**
 * What the route answers: members that the schema does not name stay inside. Also its status (200) and documentation.
 */
export function Returns(schema: z.ZodType, options: { status?: number; description?: string } = {}): MethodDecorator {
  const { status = 200, description = '' } = options;
  return applyDecorators(
    HttpCode(status),
    RouteSchema({ response: { [status]: writtenBy(schema) } }),
    documented(({ ApiResponse }) => ApiResponse({ status, description, standardSchema: schema })),
  );
}

/** The route answers 204 without a body. */
export function ReturnsNothing(description = ''): MethodDecorator {
  return applyDecorators(
    HttpCode(204),
    documented(({ ApiNoContentResponse }) => ApiNoContentResponse({ description })),
  );
}

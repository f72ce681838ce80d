import { applyDecorators, type CallHandler, type ExecutionContext, UseInterceptors } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tap } from 'rxjs';
import type { z } from 'zod';
import { noteHeaders, noteProblems } from '../openapi/notes.ts';
import { Returns } from '../openapi/returns.decorator.ts';
import type { Page } from './list-page.ts';

/** Returns, for a page of a list; where there is a next one, with its address in `Link: <…>; rel="next"` (RFC 8288). */
export function ReturnsPage(schema: z.ZodType, options: { description?: string } = {}): MethodDecorator {
  return applyDecorators(
    UseInterceptors({ intercept: linkToNext }),
    Returns(schema, options),
    noteHeaders('Link'),
    noteProblems('invalid_cursor'),
  );
}

function linkToNext(context: ExecutionContext, next: CallHandler<Page<unknown>>) {
  const http = context.switchToHttp();
  const { url } = http.getRequest<FastifyRequest>();
  return next.handle().pipe(
    tap(({ nextCursor }) => {
      if (nextCursor) http.getResponse<FastifyReply>().header('link', `<${withCursor(url, nextCursor)}>; rel="next"`);
    }),
  );
}

/** The same list with the same filters, further on. */
function withCursor(url: string, cursor: string): string {
  const [path = '', query] = url.split('?');
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters}`;
}

import { applyDecorators } from '@nestjs/common';
import type { z } from 'zod';
import { OnAnswer } from '../http/on-answer.decorator.ts';
import { noteHeaders, noteProblems } from '../openapi/notes.ts';
import { Returns } from '../openapi/returns.decorator.ts';
import type { Page } from './list-page.ts';

/** Returns, for a page of a list; the address of the next one, if any, is in `Link: <…>; rel="next"` (RFC 8288). */
export function ReturnsPage(schema: z.ZodType, options: { description?: string } = {}): MethodDecorator {
  return applyDecorators(
    OnAnswer(({ nextCursor }: Page<unknown>, reply, { url }) => {
      if (nextCursor) reply.header('link', `<${withCursor(url, nextCursor)}>; rel="next"`);
    }),
    Returns(schema, options),
    noteHeaders('Link'),
    noteProblems('invalid_cursor'),
  );
}

/** The same list with the same filters, further on. */
function withCursor(url: string, cursor: string): string {
  const [path = '', query] = url.split('?');
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters}`;
}

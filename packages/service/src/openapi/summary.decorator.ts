import { ApiOperation } from '@nestjs/swagger';

/** What the route does, in a few words: its line in /docs. Every route has one. */
export function Summary(words: string): MethodDecorator {
  return ApiOperation({ summary: words });
}

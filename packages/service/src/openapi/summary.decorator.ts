import { documented } from './documented.decorator.ts';

/** What the route does, in a few words: its line in /docs. Every route has one. */
export function Summary(words: string): MethodDecorator {
  return documented(({ ApiOperation }) => ApiOperation({ summary: words }));
}

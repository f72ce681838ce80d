import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

/** What the client calls itself, to tell sessions apart. Not @Headers(), which would document it as a parameter. */
export const UserAgent = createParamDecorator((_: unknown, context: ExecutionContext): string | undefined =>
  context
    .switchToHttp()
    .getRequest<{ headers: Record<string, string | undefined> }>()
    .headers['user-agent']?.slice(0, 255),
);

import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Who asks, as the session says. */
export interface CurrentUser {
  readonly id: string;
  readonly role: 'member' | 'admin';
  readonly sessionId: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the AuthGuard on every route that is not @Public(). */
    user?: CurrentUser;
  }
}

/** The user of the request: `list(@CurrentUser() user: CurrentUser)`. Not for @Public() routes. */
export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): CurrentUser => {
  const { user } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!user) throw new Error('@CurrentUser() is used on a route that is @Public().');
  return user;
});

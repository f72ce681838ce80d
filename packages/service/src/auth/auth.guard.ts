import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { authenticate, type Database } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.ts';
import { IS_PUBLIC } from './public.decorator.ts';
import { bearerToken, hashToken } from './token.ts';

/** Asks for a session on every route that is not @Public(), so that a new route is closed until someone opens it. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    @InjectDrizzle() private readonly db: Database,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride<boolean>(IS_PUBLIC, [context.getHandler(), context.getClass()])) return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const token = bearerToken(request.headers.authorization);
    const session = token && (await authenticate(this.db, hashToken(token)));
    if (!session) {
      throw new DomainError('unauthenticated', 'A valid session token is needed: Authorization: Bearer <token>.');
    }
    request.user = { id: session.userId, role: session.role, sessionId: session.sessionId };
    return true;
  }
}

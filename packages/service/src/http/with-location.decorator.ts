import { applyDecorators, type CallHandler, type ExecutionContext, UseInterceptors } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { tap } from 'rxjs';
import { noteHeaders } from '../openapi/notes.ts';

/** Answers with a Location, the path of what the handler made: `@WithLocation((file: FileResponse) => `/v1/files/${file.id}`)`. */
export function WithLocation<Made>(pathOf: (made: Made) => string): MethodDecorator {
  const intercept = (context: ExecutionContext, next: CallHandler<Made>) => {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(tap((made) => void reply.header('location', pathOf(made))));
  };
  return applyDecorators(UseInterceptors({ intercept }), noteHeaders('Location'));
}

import { type CallHandler, type ExecutionContext, UseInterceptors } from '@nestjs/common';
import { tap } from 'rxjs';

/** Answers with a Location, the path of what the handler made: `@WithLocation((file: FileResponse) => `/v1/files/${file.id}`)`. */
export function WithLocation<Made>(pathOf: (made: Made) => string): MethodDecorator {
  return UseInterceptors({
    intercept(context: ExecutionContext, next: CallHandler<Made>) {
      const reply = context.switchToHttp().getResponse<{ header(name: string, value: string): void }>();
      return next.handle().pipe(tap((made) => reply.header('location', pathOf(made))));
    },
  });
}

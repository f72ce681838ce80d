import { applyDecorators } from '@nestjs/common';
import { noteHeaders } from '../openapi/notes.ts';
import { OnAnswer } from './on-answer.decorator.ts';

/**
 * Answers with a Location, the path of what the handler made:
 * `@WithLocation((file: FileResponse) => `/v1/files/${file.id}`)`.
 */
export function WithLocation<Made>(pathOf: (made: Made) => string): MethodDecorator {
  return applyDecorators(
    OnAnswer((made: Made, reply) => void reply.header('location', pathOf(made))),
    noteHeaders('Location'),
  );
}

import { applyDecorators, SetMetadata } from '@nestjs/common';
import { documented } from '../openapi/documented.decorator.ts';

export const IS_PUBLIC = 'isPublic';

/** This route, or every route of this controller, is for people without a session too. */
export function Public(): ClassDecorator & MethodDecorator {
  return applyDecorators(
    SetMetadata(IS_PUBLIC, true),
    documented(({ ApiSecurity }) => ApiSecurity({})),
  );
}

import { StandardSchemaValidationPipe } from '@nestjs/common';
import { type FieldError, ValidationError } from '../errors/domain-error.ts';
import { escapePointer } from '../http/json-body.ts';

/** Enough to mend a request, and never a body larger than the request. */
const MAX_ERRORS = 50;

/** Nest's pipe over the `schema` of @Body, @Query and @Param; a mistake is a ValidationError. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => new ValidationError(issues.flatMap(toErrors).slice(0, MAX_ERRORS)),
  });
}

interface Issue {
  message: string;
  path?: readonly (PropertyKey | { key: PropertyKey })[];
  /** Of zod's unrecognized_keys. */
  keys?: readonly string[];
}

function toErrors(issue: Issue): FieldError[] {
  const path = (issue.path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  if (!issue.keys) return [{ pointer: pointerOf(path), detail: issue.message }];
  return issue.keys.map((key) => ({ pointer: pointerOf([...path, key]), detail: 'is not known here' }));
}

function pointerOf(path: string[]): string {
  return path.map((segment) => `/${escapePointer(segment)}`).join('');
}

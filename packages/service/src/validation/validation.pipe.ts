import { StandardSchemaValidationPipe } from '@nestjs/common';
import { type FieldError, ValidationError } from '../errors/domain-error.ts';
import { escapePointer } from '../http/json-body.ts';
import { useOurWords } from './words.ts';

/** Enough to mend a request, and never a body larger than the request. */
const MAX_ERRORS = 50;

/** Nest's pipe over the `schema` of @Body, @Query and @Param; a mistake is a ValidationError. */
export function validationPipe(): StandardSchemaValidationPipe {
  useOurWords();
  return new SchemaPipe({ exceptionFactory: (issues) => invalid(issues.flatMap(toErrors)) });
}

class SchemaPipe extends StandardSchemaValidationPipe {
  /**
   * Nest's takes `constructor` and `prototype` out, which would be kept as metadata, or told to be unknown. Bodies are
   * safe: json-body.ts.
   */
  protected override stripProtoKeys(): void {}
}

/** The mistakes as one ValidationError. */
export function invalid(errors: FieldError[]): ValidationError {
  return new ValidationError(errors.slice(0, MAX_ERRORS));
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

/** The path as a JSON pointer (RFC 6901). */
export function pointerOf(path: string[]): string {
  return path.map((segment) => `/${escapePointer(segment)}`).join('');
}

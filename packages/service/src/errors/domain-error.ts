import type { ErrorCode } from './codes.ts';

/**
 * A rule said no. Knows no HTTP: the code decides the status (see ProblemCode), the message is the sentence that the
 * client reads, `details` are further members of the problem that a program may use: `{ balance: 5 }`.
 */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: ErrorCode;
  readonly details?: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, details?: Record<string, unknown>, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}

/**
 * A request that was understood and is not valid. `errors` point at what is wrong, each by a JSON pointer (RFC 6901).
 */
export class ValidationError extends DomainError {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    super('invalid', 'The request is not valid.', { errors });
    this.errors = errors;
  }
}

export interface FieldError {
  pointer: string;
  detail: string;
}

import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';
import { type Codes, type ErrorCode, SHARED_CODES, type SharedCode } from './codes.ts';
import { DomainError } from './domain-error.ts';
import { codeOfDatabaseError } from './sqlstate.ts';

/** The body of every error: https://www.rfc-editor.org/rfc/rfc9457, sent as application/problem+json. */
export interface Problem {
  type: 'about:blank';
  title: string;
  status: number;
  /** Stable, for programs. */
  code: ErrorCode;
  /** One sentence, for people. None for a 500. */
  detail?: string;
  requestId?: string;
  [member: string]: unknown;
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** What the client of a service with these codes is told. Only a DomainError's own words leave the service. */
export function toProblem(error: unknown, codes: Codes, requestId?: string): Problem {
  if (!(error instanceof DomainError)) {
    return problemOf(codeOfHttpError(error) ?? codeOfDatabaseError(error) ?? 'internal_error', requestId);
  }
  return { ...problem(error.code, codes[error.code].status, error.message, requestId), ...error.details };
}

/** The problem of a code, with our sentence for it. */
export function problemOf(code: SharedCode, requestId?: string): Problem {
  return problem(code, SHARED_CODES[code].status, SENTENCES[code], requestId);
}

function problem(code: ErrorCode, status: number, detail?: string, requestId?: string): Problem {
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    ...(detail && { detail }),
    ...(requestId && { requestId }),
  };
}

// Of the framework, whose own words may quote the request.
const SENTENCES: Partial<Record<SharedCode, string>> = {
  invalid: 'The request is not valid.',
  unauthenticated: 'A valid session token is needed: Authorization: Bearer <token>.',
  forbidden: 'This user may not do that.',
  not_found: 'There is no such thing, or it belongs to someone else.',
  request_timeout: 'The request did not arrive in time.',
  conflict: 'Another row stands against this change.',
  body_too_large: 'The body is larger than 1 MB.',
  uri_too_long: 'The path is too long.',
  unsupported_media_type: 'Send the body as application/json in UTF-8.',
  expectation_failed: 'Of Expect, only 100-continue is understood.',
  headers_too_large: 'The headers are too large.',
  unavailable: 'The service cannot answer right now. Try again.',
  try_again: 'Another request was in the way. Try again.',
  timeout: 'The request took too long.',
  outcome_unknown: 'Whether this has happened is not known. Look before trying again.',
};

const CODE_OF_STATUS: Record<number, SharedCode> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  409: 'conflict',
  413: 'body_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  431: 'headers_too_large',
  503: 'unavailable',
};

/** Nest throws HttpExceptions; Fastify throws errors with a code `FST_…` and a statusCode. */
export function codeOfHttpError(error: unknown): SharedCode | undefined {
  if (error instanceof HttpException) return codeOfStatus(error.getStatus());
  const { code, statusCode } = (error ?? {}) as { code?: unknown; statusCode?: unknown };
  if (typeof code === 'string' && code.startsWith('FST_') && typeof statusCode === 'number')
    return codeOfStatus(statusCode);
  return undefined;
}

function codeOfStatus(status: number): SharedCode {
  return CODE_OF_STATUS[status] ?? (status < 500 ? 'invalid' : 'internal_error');
}

import type { OpenAPIObject } from '@nestjs/swagger';
import type { Codes, SharedCode } from '../errors/codes.ts';
import { referTo } from './headers.ts';
import { takeNotes } from './notes.ts';
import { OTHER_PROBLEM, problemResponses } from './problems.ts';

export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

/** Adds to an operation what follows from what it is: its problems, and the headers of its answers. */
export function completeOperation(method: string, path: string, operation: Operation, codes: Codes): void {
  const { codes: noted, headers } = takeNotes(operation);
  const responses = operation.responses as Record<string, { description?: string; headers?: object }>;
  for (const response of Object.values(responses)) {
    response.description ||= 'Done';
    response.headers = { ...response.headers, ...referTo([...headers, 'x-request-id']) };
  }
  if (method === 'get' && headers.includes('ETag')) {
    responses['304'] = { description: 'It is what If-None-Match names', headers: referTo(['ETag', 'x-request-id']) };
  }
  const problems = [...noted, ...codesOfKind(method, path, operation)];
  Object.assign(responses, problemResponses(problems, codes), { default: OTHER_PROBLEM });
}

function codesOfKind(method: string, path: string, operation: Operation): SharedCode[] {
  // Of a query string, also where none is taken.
  const codes: SharedCode[] = ['internal_error', 'invalid'];
  const hasBody = operation.requestBody !== undefined;
  // A body that nobody asked for is parsed too, unless it comes with a GET.
  if (method !== 'get') codes.push('invalid_json');
  if (hasBody) codes.push('body_too_large', 'unsupported_media_type', 'request_timeout');
  if (!isPublic(operation)) codes.push('unauthenticated');
  // Health has its own way to say that the database is away.
  if (path.startsWith('/health/')) return codes;
  codes.push('unavailable', 'try_again', 'timeout');
  if (method !== 'get') codes.push('outcome_unknown');
  return codes;
}

function isPublic(operation: Operation): boolean {
  return operation.security?.some((requirement) => Object.keys(requirement).length === 0) ?? false;
}

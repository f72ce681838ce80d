import { STATUS_CODES } from 'node:http';
import type { Codes, ErrorCode } from '../errors/codes.ts';
import { RETRY_SOON } from '../errors/problem.filter.ts';
import { PROBLEM_CONTENT_TYPE } from '../errors/problem.ts';
import { type HeaderName, referTo } from './headers.ts';

/** The problems that a route may answer with, as responses by status, each with its codes. */
export function problemResponses(named: readonly ErrorCode[], codes: Codes): Record<string, object> {
  const byStatus = Map.groupBy(new Set(named), (code) => codes[code].status);
  return Object.fromEntries([...byStatus].map(([status, group]) => [String(status), problemResponse(status, group)]));
}

function problemResponse(status: number, codes: ErrorCode[]) {
  const code = { type: 'string', enum: codes.sort() };
  const schema = { allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties: { code } }] };
  return {
    description: `${STATUS_CODES[status]}: ${codes.map((each) => `\`${each}\``).join(', ')}`,
    headers: referTo(headersOf(status, codes)),
    content: { [PROBLEM_CONTENT_TYPE]: { schema } },
  };
}

function headersOf(status: number, codes: ErrorCode[]): HeaderName[] {
  const headers: HeaderName[] = ['x-request-id'];
  if (status === 401) headers.push('WWW-Authenticate');
  if (codes.some((code) => code === 'rate_limited' || RETRY_SOON.includes(code))) headers.push('Retry-After');
  return headers;
}

/** Every problem that no route is described with: those that come before it is known which route is asked for. */
export const OTHER_PROBLEM = {
  description: 'Any other problem, such as `headers_too_large`',
  headers: referTo(['x-request-id']),
  content: { [PROBLEM_CONTENT_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** Of a service with these codes, which it tells the meaning of. */
export function problemSchema(codes: Codes) {
  return {
    type: 'object',
    description: 'RFC 9457. A 5xx says nothing about its cause; give its requestId to whoever runs the service.',
    required: ['type', 'title', 'status', 'code'],
    properties: {
      type: { type: 'string', enum: ['about:blank'] },
      title: { type: 'string', description: 'The phrase of the status' },
      status: { type: 'integer', example: 400 },
      code: {
        type: 'string',
        description: 'Stable, for programs; there may be new ones',
        example: 'invalid',
        'x-codes': codes,
      },
      detail: { type: 'string', description: 'One sentence, for people' },
      requestId: { type: 'string', description: 'Also in the x-request-id header and in the log' },
      errors: {
        type: 'array',
        description: 'With `invalid`: what is wrong, and where',
        items: {
          type: 'object',
          required: ['pointer', 'detail'],
          properties: {
            pointer: { type: 'string', description: 'JSON pointer to the member or parameter', example: '/email' },
            detail: { type: 'string' },
          },
        },
      },
      retryAfter: { type: 'integer', description: 'With `rate_limited`: seconds, as in Retry-After' },
    },
  };
}

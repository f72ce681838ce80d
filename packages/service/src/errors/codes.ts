/** Of a code, by which programs know a problem: the HTTP status that comes with it, and when it is the answer. */
export interface ProblemCode {
  status: number;
  when: string;
}

/** Those of two or more services. What only one answers with is in its own `src/codes.ts`, and in `ServiceCodes`. */
export const SHARED_CODES = {
  invalid: { status: 400, when: 'a parameter, header or member is wrong, missing or not known; `errors` says which' },
  invalid_json: { status: 400, when: 'the body is no JSON in UTF-8' },
  invalid_cursor: { status: 400, when: 'the cursor is not of this list, with these filters, of this user' },
  idempotency_key_required: { status: 400, when: 'no `Idempotency-Key`' },
  idempotency_key_invalid: { status: 400, when: 'an `Idempotency-Key` that is not 1 to 255 visible ASCII characters' },
  unauthenticated: { status: 401, when: 'no session, or one that is over' },
  forbidden: { status: 403, when: 'this user may not do that' },
  not_found: { status: 404, when: 'there is no such thing, or it belongs to someone else' },
  route_not_found: { status: 404, when: 'there is nothing at this path' },
  method_not_allowed: { status: 405, when: 'the path takes other methods: `Allow`' },
  request_timeout: { status: 408, when: 'the request did not arrive within 30 s' },
  conflict: { status: 409, when: 'something else stands against this change' },
  idempotency_key_in_use: { status: 409, when: 'a request with this key has not ended; ask again' },
  precondition_failed: { status: 412, when: '`If-Match` is not the current version; read again' },
  body_too_large: { status: 413, when: 'more than 1 MB' },
  uri_too_long: { status: 414, when: 'a part of the path is too long' },
  unsupported_media_type: { status: 415, when: 'the body is not `application/json` in UTF-8' },
  expectation_failed: { status: 417, when: '`Expect` is something else than `100-continue`' },
  idempotency_key_reused: { status: 422, when: 'this key was used with another body' },
  precondition_required: { status: 428, when: 'no `If-Match`' },
  rate_limited: { status: 429, when: 'too often; `Retry-After` says how many seconds to wait' },
  headers_too_large: { status: 431, when: 'the headers are too large' },
  internal_error: { status: 500, when: 'a mistake of the service; nothing about it is told but the `requestId`' },
  unavailable: { status: 503, when: 'the database is away or full; ask again' },
  try_again: { status: 503, when: 'another request was in the way; ask again' },
  not_ready: { status: 503, when: 'of `/health/ready` alone; `reason` is `database`, `migrations` or `draining`' },
  timeout: { status: 504, when: 'the request took too long' },
  outcome_unknown: { status: 504, when: 'whether it has happened is not known; look before asking again' },
} as const satisfies Record<string, ProblemCode>;

/**
 * The names of the codes that are a service's own, under the name of the service, for the compiler:
 * `declare module '@org/service' { interface ServiceCodes { orders: keyof typeof codes } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: each service adds its own
export interface ServiceCodes {}

export type SharedCode = keyof typeof SHARED_CODES;
export type OwnCode = ServiceCodes[keyof ServiceCodes];
export type ErrorCode = SharedCode | OwnCode;

/** What a service answers with: the codes of all, and its own. */
export type Codes = Readonly<Record<ErrorCode, ProblemCode>>;

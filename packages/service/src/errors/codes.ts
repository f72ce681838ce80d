/**
 * Every code that a problem can carry, and the HTTP status it answers with. The one place where the two meet: the code
 * is what programs read and stays stable, the status follows from it. A service adds its own codes here.
 */
export const STATUS_OF_CODE = {
  invalid: 400,
  invalid_json: 400,
  invalid_cursor: 400,
  idempotency_key_required: 400,
  idempotency_key_invalid: 400,
  unauthenticated: 401,
  invalid_credentials: 401,
  forbidden: 403,
  not_found: 404,
  folder_not_found: 404,
  route_not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  conflict: 409,
  email_taken: 409,
  name_taken: 409,
  folder_cycle: 409,
  folder_too_deep: 409,
  folder_deleted: 409,
  insufficient_credits: 409,
  refund_exceeds_usage: 409,
  idempotency_key_in_use: 409,
  precondition_failed: 412,
  body_too_large: 413,
  uri_too_long: 414,
  unsupported_media_type: 415,
  idempotency_key_reused: 422,
  precondition_required: 428,
  headers_too_large: 431,
  internal_error: 500,
  unavailable: 503,
  try_again: 503,
  not_ready: 503,
  timeout: 504,
} as const;

export type ErrorCode = keyof typeof STATUS_OF_CODE;

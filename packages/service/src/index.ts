export { AuthGuard } from './auth/auth.guard.ts';
export { CurrentUser } from './auth/current-user.decorator.ts';
export { Public } from './auth/public.decorator.ts';
export { createToken, hashToken } from './auth/token.ts';
export { bootstrap, type ServiceDefinition } from './bootstrap.ts';
export { etagOf, IfMatch, NeedsIfMatch, parseIfMatch, stale, WithETag } from './conditional/etag.ts';
export { type BaseConfig, baseConfig, type ServiceConfig } from './config/base-config.ts';
export { booleanFlag, integer, oneOf, port } from './config/fields.ts';
export { InjectConfig } from './config/inject-config.ts';
export { rateLimit } from './config/rate-limit.ts';
export { ConfigError, readServiceConfig } from './config/read-service-config.ts';
export { createService } from './create-service.ts';
export type { ErrorCode, ProblemCode, ServiceCodes } from './errors/codes.ts';
export { DomainError, type FieldError, ValidationError } from './errors/domain-error.ts';
export { codeOfDatabaseError } from './errors/sqlstate.ts';
export { tooManyRequests } from './errors/too-many-requests.ts';
export { addressToCount, ClientAddress } from './http/client-address.ts';
export { WithLocation } from './http/with-location.decorator.ts';
export {
  hashRequest,
  IdempotencyKey,
  keyInUse,
  markReplayed,
  NeedsIdempotencyKey,
  reusedKey,
} from './idempotency/idempotency-key.ts';
export { after, type CursorScope, decodeCursor, encodeCursor, type Position } from './lists/cursor.ts';
export { listPage, type Page, pageOf } from './lists/list-page.ts';
export { type ListQuery, listQuery, queryFlag } from './lists/list-query.ts';
export { ReturnsPage } from './lists/returns-page.decorator.ts';
export { ApiProblems } from './openapi/api-problems.decorator.ts';
export { Returns, ReturnsNothing } from './openapi/returns.decorator.ts';
export { Summary } from './openapi/summary.decorator.ts';
export { name, text } from './validation/text.ts';

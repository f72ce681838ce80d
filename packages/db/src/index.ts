export {
  and,
  asc,
  between,
  count,
  desc,
  eq,
  exists,
  getTableColumns,
  gt,
  gte,
  ilike,
  inArray,
  isNotNull,
  isNull,
  like,
  lt,
  lte,
  max,
  min,
  ne,
  not,
  notExists,
  notInArray,
  or,
  type SQL,
  sql,
  sum,
} from 'drizzle-orm';
export { alias, type PgColumn } from 'drizzle-orm/pg-core';
export { type QueryEvent, queryChannel, withOperation } from './client/operation.ts';
export { outsideTransaction } from './client/outer-handle.ts';
export type { PoolStats } from './client/pool.ts';
export type { RawClient, RawSql } from './client/raw-client.ts';
export { type ConnectedDatabase, closeDatabases, type DatabaseOptions, getDatabase } from './connection.ts';
export {
  ClientError,
  type ClientErrorCode,
  findServerError,
  isUniqueViolation,
  QueryError,
  type ServerError,
  SQLSTATE,
} from './errors.ts';
export { type Authenticated, authenticate } from './identity/authenticate.ts';
export { hashPassword, verifyPassword } from './identity/password.ts';
export { type Placeholders, preparedQuery, type Value } from './prepared-query.ts';
export { giveTokensBack } from './rate-limits/give-tokens-back.ts';
export type { RateLimit, RateLimitTable } from './rate-limits/rate-limit.ts';
export { isKeyRemembered, rememberKey } from './rate-limits/remember-key.ts';
export { takeToken } from './rate-limits/take-token.ts';
export { type Database, type Transaction, type TransactionOptions, withTransaction } from './transaction.ts';

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
export { type ConnectedDatabase, closeDatabases, type DatabaseOptions, getDatabase } from './connection.ts';
export { findServerError, isUniqueViolation, type ServerError, SQLSTATE } from './errors.ts';
export { type Authenticated, authenticate } from './identity/authenticate.ts';
export { hashPassword, verifyPassword } from './identity/password.ts';
export { type Database, type Transaction, withTransaction } from './transaction.ts';

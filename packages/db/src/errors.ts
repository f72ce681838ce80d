export { ClientError, type ClientErrorCode, QueryError } from './client/errors.ts';

/** The SQLSTATEs that code decides on (PostgreSQL manual, appendix A). */
export const SQLSTATE = {
  notNullViolation: '23502',
  foreignKeyViolation: '23503',
  uniqueViolation: '23505',
  checkViolation: '23514',
  characterNotInRepertoire: '22021',
  invalidTextRepresentation: '22P02',
  insufficientPrivilege: '42501',
  lockNotAvailable: '55P03',
  queryCanceled: '57014',
  serializationFailure: '40001',
  deadlockDetected: '40P01',
} as const;

/**
 * What the server said. Names of constraint and table may be missing: a distributed PostgreSQL does not pass them on.
 */
export interface ServerError {
  sqlState: string;
  message: string;
  constraint?: string;
  table?: string;
  schema?: string;
}

/**
 * The server's error among `error`, its causes and the errors it gathers; undefined when it is none of the server's.
 */
export function findServerError(error: unknown): ServerError | undefined {
  const queue = [error];
  const seen = new Set<unknown>();
  while (queue.length > 0) {
    const next = queue.shift();
    if (!(next instanceof Error) || seen.has(next)) continue;
    seen.add(next);
    if (isServerError(next)) {
      return {
        sqlState: next.code,
        message: next.message,
        constraint: next.constraint_name,
        table: next.table_name,
        schema: next.schema_name,
      };
    }
    queue.push(next.cause, ...(next instanceof AggregateError ? next.errors : []));
  }
  return undefined;
}

/**
 * Whether the server refused a duplicate: of `constraint`, a constraint or unique index, if given and the server names
 * one.
 */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  const found = findServerError(error);
  if (found?.sqlState !== SQLSTATE.uniqueViolation) return false;
  return constraint === undefined || found.constraint === undefined || found.constraint === constraint;
}

interface PostgresError extends Error {
  code: string;
  constraint_name?: string;
  table_name?: string;
  schema_name?: string;
}

/**
 * By name, not by class, so that a second copy of the driver counts too. A code alone could be an errno such as EPIPE.
 */
function isServerError(error: Error): error is PostgresError {
  return error.name === 'PostgresError' && 'code' in error && typeof error.code === 'string';
}

import { findServerError } from '@org/db';
import type { ErrorCode } from './codes.ts';

// https://www.postgresql.org/docs/current/errcodes-appendix.html; a class (first two characters) stands for its rest.
const CODE_OF_SQLSTATE: Record<string, ErrorCode> = {
  '08': 'unavailable', // connection exception
  '22': 'invalid', // data exception: 22003 out of range, 22021 NUL in text, 22P02 not a uuid, 22P05 NUL in jsonb
  '23502': 'invalid', // not null
  '23503': 'conflict', // foreign key
  '23505': 'conflict', // unique
  '23514': 'invalid', // check
  '23P01': 'conflict', // exclusion
  '25006': 'unavailable', // read-only: a primary that has become a replica
  '40001': 'try_again', // serialization failure
  '40P01': 'try_again', // deadlock
  '53300': 'unavailable', // too many connections
  '55P03': 'try_again', // lock not available
  '57014': 'timeout', // statement timeout
  '57P01': 'unavailable', // shutdown by an administrator
  '57P02': 'unavailable', // shutdown after a crash
  '57P03': 'unavailable', // starting up
  '57P05': 'unavailable', // idle session timeout
};

// From Node, postgres.js and the client of @org/db: the server was not reached, or went away.
const CONNECTION_ERRORS = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** The code for what the database said, or undefined when the error is not the database's or is a mistake of ours. */
export function codeOfDatabaseError(error: unknown): ErrorCode | undefined {
  const state = findServerError(error)?.sqlState;
  if (state) return CODE_OF_SQLSTATE[state] ?? CODE_OF_SQLSTATE[state.slice(0, 2)];
  return isConnectionError(error) ? 'unavailable' : undefined;
}

/** drizzle wraps what the driver threw, except at COMMIT, so the cause can be at any depth. */
function isConnectionError(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 8) return false;
  if ('code' in error && CONNECTION_ERRORS.has(String(error.code))) return true;
  const inner = error instanceof AggregateError ? error.errors : [error.cause];
  return inner.some((cause) => isConnectionError(cause, depth + 1));
}

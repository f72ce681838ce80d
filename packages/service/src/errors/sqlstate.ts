import { findServerError } from '@org/db';
import type { SharedCode } from './codes.ts';

// https://www.postgresql.org/docs/current/errcodes-appendix.html; a class (first two characters) stands for its rest.
// 23502 (not null) is not here: a schema has accepted what the client sent, so a missing value is a bug of ours.
const CODE_OF_SQLSTATE: Record<string, SharedCode> = {
  '08': 'unavailable', // connection exception
  '22': 'invalid', // data exception: 22003 out of range, 22021 NUL in text, 22P02 not a uuid, 22P05 NUL in jsonb
  '23503': 'conflict', // foreign key
  '23505': 'conflict', // unique
  '23514': 'invalid', // check: a rule that the database keeps for whoever did not
  '23P01': 'conflict', // exclusion
  '28': 'unavailable', // the role of this service may not sign in: a matter of the deployment, as below
  '3D000': 'unavailable', // no such database
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

// From Node, postgres.js and the client of @org/db: the server was not reached, was full, or went away.
const CODE_OF_CLIENT_ERROR: Record<string, SharedCode> = {
  CONNECT_TIMEOUT: 'unavailable',
  CONNECTION_CLOSED: 'unavailable',
  CONNECTION_DESTROYED: 'unavailable',
  CONNECTION_ENDED: 'unavailable',
  EAI_AGAIN: 'unavailable',
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  ENETUNREACH: 'unavailable',
  ENOTFOUND: 'unavailable',
  EPIPE: 'unavailable',
  ETIMEDOUT: 'unavailable',
  POOL_ACQUIRE_TIMEOUT: 'unavailable',
  POOL_QUEUE_FULL: 'unavailable',
  DEADLINE_EXCEEDED: 'timeout',
  TRANSACTION_OUTCOME_UNKNOWN: 'outcome_unknown',
};

/** The code for what the database or its client said, or undefined when it is neither's or a mistake of ours. */
export function codeOfDatabaseError(error: unknown): SharedCode | undefined {
  return codeOfClientError(error) ?? codeOfState(findServerError(error)?.sqlState);
}

function codeOfState(state: string | undefined): SharedCode | undefined {
  return state === undefined ? undefined : (CODE_OF_SQLSTATE[state] ?? CODE_OF_SQLSTATE[state.slice(0, 2)]);
}

/** drizzle wraps what the driver threw, except at COMMIT, so the cause can be at any depth. */
function codeOfClientError(error: unknown, depth = 0): SharedCode | undefined {
  if (!(error instanceof Error) || depth > 8) return undefined;
  const code = 'code' in error ? CODE_OF_CLIENT_ERROR[String(error.code)] : undefined;
  if (code) return code;
  const inner: unknown[] = error instanceof AggregateError ? error.errors : [error.cause];
  return inner.map((cause) => codeOfClientError(cause, depth + 1)).find((found) => found !== undefined);
}

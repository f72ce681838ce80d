import postgres from 'postgres';

/**
 * What the client itself has to say; postgres.js and Node have codes of their own (CONNECTION_CLOSED, ECONNREFUSED, …).
 * - `POOL_ACQUIRE_TIMEOUT`, `POOL_QUEUE_FULL`: no connection was free in time. Nothing was sent.
 * - `DEADLINE_EXCEEDED`: the server did not answer in time. What was sent may still have happened.
 * - `CONNECTION_ENDED`: the pool was closed. Nothing was sent.
 * - `NESTED_TRANSACTION_OPEN`: a transaction was used, or ended, while one nested in it was open. Nothing was sent.
 * - `TRANSACTION_ABORTED`: a statement of it had failed, so that COMMIT rolled it back. Nothing of it has happened.
 * - `TRANSACTION_ENDED`: a handle was used after its transaction. Nothing was sent.
 * - `TRANSACTION_OUTCOME_UNKNOWN`: the answer to COMMIT was lost. All of it has happened, or nothing.
 * - `OUTER_HANDLE_IN_TRANSACTION`: the pool was used where the transaction was meant. Nothing was sent.
 */
export type ClientErrorCode =
  | 'CONNECTION_ENDED'
  | 'DEADLINE_EXCEEDED'
  | 'NESTED_TRANSACTION_OPEN'
  | 'OUTER_HANDLE_IN_TRANSACTION'
  | 'POOL_ACQUIRE_TIMEOUT'
  | 'POOL_QUEUE_FULL'
  | 'TRANSACTION_ABORTED'
  | 'TRANSACTION_ENDED'
  | 'TRANSACTION_OUTCOME_UNKNOWN';

export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * A query that failed: its text, which has $1 for the first parameter. `cause` has the SQLSTATE, or how the connection
 * failed.
 */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly query: string;

  constructor(query: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`${reason} in the query: ${query.length > 500 ? `${query.slice(0, 500)}…` : query}`, { cause });
    this.query = query;
  }
}

/**
 * The same error without the values of parameters, as a new one: postgres.js 3.4.9 puts them on its errors where they
 * cannot be taken off, drizzle-orm 0.45.4 into the message (https://github.com/drizzle-team/drizzle-orm/issues/5939),
 * the server into `detail` and `where`, and for some SQLSTATEs into the message.
 */
export function withoutValues(error: unknown): Error {
  if (error instanceof ClientError || (isServerError(error) && cleaned.has(error))) return error;
  if (isServerError(error)) {
    const kept = KEPT_FIELDS.filter((name) => error[name] !== undefined).map((name) => [name, error[name]]);
    const message = `${cleanMessage(error.code, error.message)} (${error.code})`;
    const clean = new PostgresError({ ...Object.fromEntries(kept), message });
    cleaned.add(clean);
    return clean;
  }
  const { message, code } = error as Error & { code?: string };
  return Object.assign(new Error(message), code && { code });
}

/** The error of a failed connection attempt is seen again with each query that waited for the connection. */
const cleaned = new WeakSet<Error>();

const KEPT_FIELDS = [
  ...(['code', 'severity', 'constraint_name', 'table_name', 'schema_name', 'column_name'] as const),
  ...(['routine', 'position'] as const),
];

/** What the server answered; a code alone could be an errno. */
export function isServerError(error: unknown): error is postgres.PostgresError {
  return error instanceof postgres.PostgresError;
}

const PostgresError = postgres.PostgresError as unknown as new (fields: object) => Error;

function cleanMessage(sqlState: string, message: string): string {
  // Data exceptions quote the value: invalid input syntax for type uuid: "…".
  if (sqlState.startsWith('22')) return message.replace(/".*"/s, '"…"');
  // A function may put anything into its message.
  return sqlState.startsWith('P0') ? 'a function of the database raised an error' : message;
}

/**
 * An error as it goes into the log: what happened and where, without the values it happened to. A DrizzleQueryError has
 * every parameter in its message, a PostgresError the offending value in `detail` and `where`.
 */
export function describeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error, message: 'something that is not an Error was thrown' };
  const from = error as Error & Record<string, unknown>;
  const isQuery = typeof from.query === 'string' && 'params' in from;
  const message = isQuery ? 'Failed query' : error.message;
  return {
    type: error.constructor.name,
    message,
    ...(isQuery && { query: from.query }),
    ...pick(from, ['code', 'severity', 'schema_name', 'table_name', 'column_name', 'constraint_name', 'routine']),
    stack: framesOf(error),
    ...(error.cause !== undefined && depth < 5 && { cause: describeError(error.cause, depth + 1) }),
  };
}

function pick(from: Record<string, unknown>, names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => typeof from[name] === 'string').map((name) => [name, from[name]]));
}

/** The stack without its first lines, which repeat the message. */
function framesOf(error: Error): string {
  const stack = error.stack ?? '';
  const first = stack.search(/^\s+at /m);
  return first < 0 ? '' : stack.slice(first);
}

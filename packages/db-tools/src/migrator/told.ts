import { codesOf, connectionError } from '../connect.ts';
import { DbError, EXIT } from '../errors.ts';
import { parseDatabaseUrl } from '../url.ts';
import { ConnectionLost } from './session.ts';

/** Runs the work; whatever it throws becomes a DbError that names the database and the next step. */
export async function told<Result>(
  { url, signal }: { url: string; signal?: AbortSignal },
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DbError) throw error;
    if (signal?.aborted) throw abortedError(signal);
    if (isConnectionLoss(error)) {
      throw new DbError('connection_lost', `${(error as Error).message}.`, {
        hint: 'What was committed stays; go on with: pnpm db migrate',
        cause: error,
      });
    }
    // Without a code it is a defect of ours, which is not to be told as one of the database.
    throw codesOf(error).length === 0 ? error : connectionError(error, parseDatabaseUrl(url));
  }
}

export function abortedError(signal: AbortSignal): DbError {
  return new DbError('aborted', 'The run was stopped; what was committed stays.', {
    exit: EXIT.failed,
    hint: 'Go on with: pnpm db migrate',
    cause: signal.reason,
  });
}

function isConnectionLoss(error: unknown): boolean {
  return error instanceof ConnectionLost || (error instanceof Error && error.cause instanceof ConnectionLost);
}

import { codesOf, connectionError } from '../connection/connect.ts';
import { parseDatabaseUrl } from '../connection/url.ts';
import { DbError, EXIT } from '../errors.ts';
import { ConnectionLost, NoAnswer } from './session.ts';

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
    const lost = findConnectionLoss(error);
    if (lost?.cause instanceof NoAnswer) {
      const { host, port } = parseDatabaseUrl(url);
      throw new DbError('unreachable', `${host}:${port} has taken the connection, but ${lost.cause.message}.`, {
        exit: EXIT.wrongTarget,
        hint: 'See whether the server works, and what is on the way to it; what was committed stays. Then: pnpm db migrate',
        cause: error,
      });
    }
    if (lost) {
      throw new DbError('connection_lost', `${lost.message}.`, {
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
    // To go on may mean to migrate or to revert, and the one is not the way on from the other.
    hint: 'See where it stands: pnpm db status',
    cause: signal.reason,
  });
}

function findConnectionLoss(error: unknown): ConnectionLost | undefined {
  return [error, (error as Error).cause].find((each) => each instanceof ConnectionLost);
}

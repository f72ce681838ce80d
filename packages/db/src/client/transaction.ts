import type { PgTransactionConfig } from 'drizzle-orm/pg-core';
import type { Rows } from './driver.ts';
import { ClientError, isServerError, QueryError, withoutValues } from './errors.ts';
import { beginWith, type Limits, within } from './limits.ts';
import type { Pool } from './pool.ts';
import type { Session, Statement } from './session.ts';

/** An open transaction, or one that is over and takes nothing any more. */
export interface Scope {
  run(statement: Statement): Promise<Rows>;
  /** Runs `work`; when it throws, what was done since is undone and the transaction goes on. */
  savepoint<Result>(work: () => Promise<Result>): Promise<Result>;
}

/**
 * Runs `work` in a transaction, on one session from BEGIN to COMMIT: with the session gone, whatever `work` still asks for is
 * refused and nothing has happened. Four round trips for two statements. Throws what `work` throws, or
 * TRANSACTION_ABORTED, TRANSACTION_OUTCOME_UNKNOWN.
 */
export function runInTransaction<Result>(
  pool: Pool,
  limits: Limits,
  work: (scope: Scope) => Promise<Result>,
  config?: PgTransactionConfig,
): Promise<Result> {
  return pool.use(async (session) => {
    const scope = new SessionScope(session);
    // Waited for: were it to fail, what follows in the pipeline would run outside of a transaction.
    await command(session, beginWith(within(session.roleLimit, limits), config));
    let result: Result;
    try {
      result = await work(scope);
      scope.end();
    } catch (error) {
      scope.end();
      await rollback(session);
      throw error;
    }
    await commit(session, scope);
    return result;
  });
}

class SessionScope implements Scope {
  firstFailure: unknown;
  readonly #session: Session;
  #isOver = false;
  #savepoints = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  async run(statement: Statement): Promise<Rows> {
    if (this.#isOver) {
      throw new ClientError(
        'TRANSACTION_ENDED',
        'A query was made on a transaction that is over. Await every query in the callback of the transaction.',
      );
    }
    try {
      return await this.#session.run(statement);
    } catch (error) {
      this.firstFailure ??= withoutValues(error);
      throw error;
    }
  }

  async savepoint<Result>(work: () => Promise<Result>): Promise<Result> {
    const name = `s${++this.#savepoints}`;
    await this.run({ text: `savepoint ${name}`, simple: true });
    try {
      return await work();
    } catch (error) {
      if (!this.#session.lost) {
        await this.run({ text: `rollback to savepoint ${name}`, simple: true });
        this.firstFailure = undefined;
      }
      throw error;
    }
  }

  end(): void {
    this.#isOver = true;
  }
}

async function command(session: Session, text: string): Promise<Rows> {
  try {
    return await session.run({ text, simple: true });
  } catch (error) {
    throw new QueryError(text, withoutValues(error));
  }
}

/** A session on which ROLLBACK fails is closed, which rolls back as well. */
async function rollback(session: Session): Promise<void> {
  if (session.lost) return;
  await session.run({ text: 'rollback', simple: true }).catch(() => session.close());
}

async function commit(session: Session, scope: SessionScope): Promise<void> {
  if (session.lost) throw aborted(scope.firstFailure ?? withoutValues(session.lost));
  let answer: Rows;
  try {
    answer = await session.run({ text: 'commit', simple: true });
  } catch (error) {
    const cause = withoutValues(error);
    if (isServerError(error) && !session.lost) throw new QueryError('commit', cause);
    throw new ClientError(
      'TRANSACTION_OUTCOME_UNKNOWN',
      'The connection was lost before the server answered COMMIT: the transaction has happened as a whole, or not at all. ' +
        'Read what it writes before doing it again, or repeat it under the same idempotency key.',
      { cause },
    );
  }
  // PostgreSQL answers so, without an error, when a statement has failed and the callback went on.
  if (answer.command === 'ROLLBACK') throw aborted(scope.firstFailure);
}

function aborted(cause: unknown): ClientError {
  const message =
    'A statement of the transaction had failed, so all of it was rolled back. Do not catch it, or use a nested transaction.';
  return new ClientError('TRANSACTION_ABORTED', message, { cause });
}

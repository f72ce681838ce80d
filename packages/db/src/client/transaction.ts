import type { PgTransactionConfig } from 'drizzle-orm/pg-core';
import type { Rows } from './driver.ts';
import { ClientError, isServerError, QueryError, withoutValues } from './errors.ts';
import { beginWith, type Limits, within } from './limits.ts';
import type { Pool } from './pool.ts';
import type { Session, Statement } from './session.ts';

/** An open transaction, nested or not, or one that is over and takes nothing any more. */
export interface Scope {
  run(statement: Statement): Promise<Rows>;
  /**
   * Runs `work` in a nested transaction: when it throws, what was done since is undone and this one goes on. Until it
   * has ended this one takes nothing: a savepoint has no owner, so what a sibling does meanwhile would be undone with
   * it.
   */
  savepoint<Result>(work: (nested: Scope) => Promise<Result>): Promise<Result>;
}

/**
 * Runs `work` in a transaction, on one session from BEGIN to COMMIT: with the session gone, whatever `work` still asks
 * for is refused and nothing has happened. Four round trips for two statements. Throws what `work` throws, or
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
    await command(session, beginWith(within(session.serverLimits, limits), config));
    let result: Result;
    try {
      result = await scope.complete(work);
    } catch (error) {
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
  /** How many transactions it is nested in. */
  readonly #depth: number;
  #isOver = false;
  #nested: SessionScope | undefined;

  constructor(session: Session, depth = 0) {
    this.#session = session;
    this.#depth = depth;
  }

  async run(statement: Statement): Promise<Rows> {
    this.#checkOpen();
    try {
      return await this.#session.run(statement);
    } catch (error) {
      this.firstFailure ??= withoutValues(error);
      throw error;
    }
  }

  async savepoint<Result>(work: (nested: Scope) => Promise<Result>): Promise<Result> {
    this.#checkOpen();
    const nested = new SessionScope(this.#session, this.#depth + 1);
    this.#nested = nested;
    // A later one of the same depth hides it, and is the one that is meant by the name.
    const name = `s${nested.#depth}`;
    try {
      await this.#session.run({ text: `savepoint ${name}`, simple: true });
      const result = await nested.complete(work).catch((error) => this.#undo(name, error));
      this.firstFailure ??= nested.firstFailure;
      return result;
    } finally {
      this.#nested = undefined;
    }
  }

  /**
   * Runs `work` and ends, with all that is nested in it. Throws when something nested is open: half of it would be
   * kept.
   */
  async complete<Result>(work: (scope: Scope) => Promise<Result>): Promise<Result> {
    try {
      const result = await work(this);
      if (this.#nested) throw nestedOpen();
      return result;
    } finally {
      this.#end();
    }
  }

  /** Throws `error`. With this scope over everything is undone, and the session perhaps lent to somebody else. */
  async #undo(name: string, error: unknown): Promise<never> {
    if (!this.#isOver) await rollback(this.#session, `rollback to savepoint ${name}`);
    throw error;
  }

  #checkOpen(): void {
    if (this.#isOver) {
      throw new ClientError(
        'TRANSACTION_ENDED',
        'A query was made on a transaction that is over. Await every query in the callback of the transaction.',
      );
    }
    if (this.#nested) throw nestedOpen();
  }

  #end(): void {
    this.#isOver = true;
    if (this.#nested) this.#nested.#end();
  }
}

function nestedOpen(): ClientError {
  return new ClientError(
    'NESTED_TRANSACTION_OPEN',
    'A nested transaction is still open, so what is done beside it would be kept or undone with it. ' +
      'Await it before the next query, nested transaction or end of the outer one; its own queries go on the handle that it is given.',
  );
}

async function command(session: Session, text: string): Promise<Rows> {
  try {
    return await session.run({ text, simple: true });
  } catch (error) {
    throw new QueryError(text, withoutValues(error));
  }
}

/** A session on which ROLLBACK fails is closed, which rolls back as well. */
async function rollback(session: Session, text = 'rollback'): Promise<void> {
  if (session.lost) return;
  await session.run({ text, simple: true }).catch(() => session.close());
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

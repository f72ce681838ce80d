import type { PgTransactionConfig } from 'drizzle-orm/pg-core';
import type { Rows } from './driver.ts';
import { QueryError, withoutValues } from './errors.ts';
import { KeptStatements } from './kept-statements.ts';
import type { Limits } from './limits.ts';
import { currentOperation, type QueryEvent, queryChannel, tagged } from './operation.ts';
import { markTransaction, refuseOuterHandle } from './outer-handle.ts';
import type { Pool, PoolStats } from './pool.ts';
import type { Statement } from './session.ts';
import { runInTransaction, type Scope } from './transaction.ts';
import { toParameter } from './values.ts';

/** What queries run on: the client, each on a connection of its own, or an open transaction. */
export interface Runner {
  /** Throws a QueryError, which has no values. */
  query(text: string, values?: readonly unknown[], how?: QueryOptions): Promise<Rows>;
}

interface QueryOptions {
  /** The name of a prepared query, which is kept prepared from the first time on. */
  name?: string;
  asArrays?: boolean;
}

export interface TransactionRunner extends Runner {
  /** A nested transaction, with a runner of its own. */
  savepoint<Result>(work: (runner: TransactionRunner) => Promise<Result>): Promise<Result>;
}

export interface ClientOptions {
  pool: Pool;
  limits: Limits;
  /** Whether statements may be kept prepared. */
  prepare: boolean;
  /** Whether to look for queries on the outer handle in a transaction. */
  catchOuterHandle: boolean;
}

/** A pool with what queries and transactions need around them. */
export class Client implements Runner {
  readonly query: Runner['query'];
  readonly #options: ClientOptions;
  readonly #kept: KeptStatements | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#kept = options.prepare ? new KeptStatements() : undefined;
    this.query = this.#queryOn((statement) => {
      this.#checkHandle();
      return options.pool.run(statement);
    });
  }

  async transaction<Result>(
    work: (runner: TransactionRunner) => Promise<Result>,
    config?: PgTransactionConfig,
  ): Promise<Result> {
    const { pool, limits } = this.#options;
    this.#checkHandle();
    return runInTransaction(pool, limits, (scope) => markTransaction(pool, () => work(this.#runnerOn(scope))), config);
  }

  get stats(): PoolStats {
    return this.#options.pool.stats;
  }

  end(options?: { timeout?: number }): Promise<void> {
    return this.#options.pool.end(options);
  }

  #runnerOn(scope: Scope): TransactionRunner {
    return {
      query: this.#queryOn((statement) => scope.run(statement)),
      savepoint: (work) => scope.savepoint((nested) => work(this.#runnerOn(nested))),
    };
  }

  #queryOn(run: (statement: Statement) => Promise<Rows>): Runner['query'] {
    const send: Runner['query'] = async (sql, values = [], { name, asArrays = false } = {}) => {
      const operation = name || currentOperation();
      const text = operation ? tagged(sql, operation) : sql;
      try {
        const keep = this.#kept !== undefined && (name !== undefined || this.#kept.keeps(text));
        return await run({ text, parameters: values.map(toParameter), keep, asArrays });
      } catch (error) {
        throw new QueryError(text, withoutValues(error));
      }
    };
    return (text, values, how) =>
      queryChannel.hasSubscribers ? measured(send, text, values, how) : send(text, values, how);
  }

  #checkHandle(): void {
    if (this.#options.catchOuterHandle) refuseOuterHandle(this.#options.pool);
  }
}

async function measured(send: Runner['query'], ...[text, values, how]: Parameters<Runner['query']>): Promise<Rows> {
  const operation = how?.name || currentOperation();
  const start = performance.now();
  const publish = (failed: boolean) =>
    queryChannel.publish({ operation, milliseconds: performance.now() - start, failed } satisfies QueryEvent);
  try {
    const rows = await send(text, values, how);
    publish(false);
    return rows;
  } catch (error) {
    publish(true);
    throw error;
  }
}

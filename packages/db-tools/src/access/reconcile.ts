import type { AfterApply, SqlClient } from '../migrator/index.ts';
import { quoteLiteral } from '../migrator/quote.ts';
import type { Access } from './declaration.ts';
import { findPrefix } from './find-prefix.ts';
import { describeProblems } from './find-problems.ts';
import { planGrants } from './plan-grants.ts';
import { readState, type Scope } from './read-state.ts';
import { roleNames } from './role-names.ts';
import { tryAgain } from './try-again.ts';

export interface ReconcileOptions {
  access: Access;
  historySchema: string;
  /** Instead of the prefix read from the database. */
  prefix?: string;
  onResult?: (result: Reconciled) => void;
  /** Called by `isNeeded` with what `apply` would run; a dry run asks for no more. */
  onPlan?: (plan: Reconciled) => void;
}

interface Reconciled {
  /** What was run, or would be. */
  statements: string[];
  /** What is left for `db roles`, a sentence each. */
  problems: string[];
}

/**
 * What `migrate` does after the last file: makes the rights those of the declaration. Writes nothing where there are no
 * roles or the rights are right already; to find out, it only reads.
 */
export function reconcileGrants(options: ReconcileOptions): AfterApply {
  const plan = async (sql: SqlClient): Promise<Reconciled> => {
    const { access, historySchema } = options;
    const names = roleNames(access, options.prefix ?? (await findPrefix(sql, access)));
    const owner = await sql.unsafe(`select from pg_catalog.pg_roles where rolname = ${quoteLiteral(names.owner)}`);
    if (owner.length === 0) return { statements: [], problems: [] };
    const scope: Scope = { access, names, historySchema };
    const state = await readState(sql, scope);
    return {
      statements: planGrants(scope, state),
      problems: describeProblems(scope, state),
    };
  };
  return {
    name: 'grants',
    isNeeded: async (sql) => {
      const result = await plan(sql);
      options.onPlan?.(result);
      if (result.statements.length === 0) options.onResult?.(result);
      return result.statements.length > 0;
    },
    apply: (sql) =>
      tryAgain(async () => {
        const result = await plan(sql);
        if (result.statements.length > 0) await runInside(sql, result.statements);
        options.onResult?.(result);
      }),
  };
}

/** Leaves the surrounding transaction usable when it fails. */
async function runInside(sql: SqlClient, statements: string[]): Promise<void> {
  await sql.unsafe('savepoint before_grants');
  try {
    await sql.unsafe(statements.join(';\n'));
    await sql.unsafe('release savepoint before_grants');
  } catch (error) {
    await sql.unsafe('rollback to savepoint before_grants');
    throw error;
  }
}

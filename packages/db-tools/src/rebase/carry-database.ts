import { existsSync } from 'node:fs';
import type { Sql } from 'postgres';
import { applyMigrations } from '../apply-migrations.ts';
import type { VerbContext } from '../command-line/verb.ts';
import { codesOf } from '../connection/connect.ts';
import { isLocal } from '../connection/guard.ts';
import { findNamedTarget, startLocalTarget, type Target, withConnection } from '../connection/target.ts';
import { DbError, EXIT } from '../errors.ts';
import { type RepairOperation, repair, status } from '../migrator/index.ts';
import { quoteIdentifier } from '../migrator/quote.ts';
import { migratorOptions } from '../migrator-options.ts';
import type { MovedMigration } from './plan-rebase.ts';

export interface Carried {
  database: string;
  /** What was done to its history, a sentence each. */
  changes: string[];
  applied: string[];
}

/** The database of the developer, if one is there; `local` says whether its history may be rewritten unasked. */
export interface LocalDatabase {
  target: Target;
  local: boolean;
}

/** The named database, else the one on the local server of this clone, if it has one. Undefined where none answers. */
export async function findDatabase(context: VerbContext): Promise<LocalDatabase | undefined> {
  const env = await context.environment();
  const target = (await findNamedTarget(context)) ?? (await findUnnamed(context));
  if (!target) return undefined;
  try {
    const local = await isLocal(target, env);
    await withConnection(target, async () => {});
    return { target, local };
  } catch (error) {
    if (!(error instanceof DbError)) throw error;
    if (error.code !== 'database_missing') context.output.warn(`${error.message} It is left as it is.`);
    return undefined;
  }
}

async function findUnnamed(context: VerbContext): Promise<Target | undefined> {
  const { CI, NODE_ENV } = await context.environment();
  const { localPostgres } = await context.config();
  if (CI || NODE_ENV === 'production' || !existsSync(localPostgres.directory)) return undefined;
  return await startLocalTarget(context);
}

/**
 * Throws exit 3 before anything is written: where a migration that has to move is applied to a database that is not
 * local, and where one is applied or reverted in part, so that nobody could find its steps under its new name.
 */
export async function refuseToMove(
  { target, local }: LocalDatabase,
  moved: MovedMigration[],
  table: { schema: string; table: string },
): Promise<void> {
  if (moved.length === 0) return;
  await withConnection(target, async (sql) => {
    const history = `${quoteIdentifier(table.schema)}.${quoteIdentifier(table.table)}`;
    if (!local) {
      const rows = await readIfThere(sql, `select hash, created_at::text as stamp from ${history}`);
      const applied = moved.find(({ when, hash }) =>
        rows.some((row) => row.hash === hash && row.stamp === String(when)),
      );
      if (applied) throw appliedElsewhere(applied, target);
    }
    const steps = await readIfThere(
      sql,
      `select distinct tag from ${quoteIdentifier(table.schema)}.${quoteIdentifier(`${table.table}_steps`)}`,
    );
    const partial = moved.find(({ from }) => steps.some(({ tag }) => tag === from || tag === `${from}.down`));
    if (partial) {
      throw new DbError(
        'migration_partial',
        `${partial.from} is applied or reverted in part on ${target.name}, so it cannot move.`,
        {
          exit: EXIT.check,
          hint: 'Take the folder as it was before the merge (git stash, git merge --abort), finish it: pnpm db migrate (or pnpm db revert); then merge again',
        },
      );
    }
  });
}

async function readIfThere(sql: Sql, query: string): Promise<readonly Record<string, unknown>[]> {
  try {
    return await sql.unsafe(query);
  } catch (error) {
    if (codesOf(error).includes('42P01')) return [];
    throw error;
  }
}

function appliedElsewhere({ from, to }: MovedMigration, { name }: Target): DbError {
  return new DbError('applied_elsewhere', `${from} is applied to ${name}, which is not local, so it cannot move.`, {
    exit: EXIT.check,
    hint: `If its row there may be changed: leave that database unnamed (unset DATABASE_URL), pnpm db rebase, then there: pnpm db repair --restamp ${to}`,
  });
}

/**
 * Brings a local database behind the rebase, with its data: the rows of what has moved get the new stamps, then what
 * came in is applied, though something newer is. Does nothing where nothing of what was moved had been applied.
 */
export async function carryDatabase(context: VerbContext, target: Target): Promise<Carried> {
  const options = migratorOptions(await context.config(), target, 'rebase');
  const changes: string[] = [];
  const settle = async (state: string, kind: 'restamp' | 'allow-out-of-order') => {
    const { migrations: all } = await status(options);
    for (const { tag } of all.filter((each) => each.state === state)) {
      const operation: RepairOperation = { kind, tag };
      changes.push(...(await repair(options, operation)).changes);
    }
  };
  await settle('restamped', 'restamp');
  // Restamping is what makes them late.
  await settle('out-of-order', 'allow-out-of-order');
  for (const change of changes) context.output.say(`  ${change}`);
  if (changes.length === 0) return { database: target.name, changes, applied: [] };
  const { applied } = await applyMigrations(context, target);
  return { database: target.name, changes, applied: applied.map(({ tag }) => tag) };
}

import type { Sql } from 'postgres';
import { count } from './command-line/output.ts';
import type { VerbContext } from './command-line/verb.ts';
import type { Target } from './connection/target.ts';
import type { AfterApply } from './migrator/index.ts';

export interface SetUp {
  /** With which what is created belongs to the owner. */
  url: string;
  /** Makes the rights those that are declared. */
  afterApply?: AfterApply;
  /** What became of the rights, or in a dry run would; set once `afterApply` has looked at them. */
  grants?: Grants;
}

export interface Grants {
  /** How many were run. */
  statements: number;
  /** What is left for `db roles`, a sentence each. */
  problems: string[];
  /** In a dry run: the statements that would be run for what is there now. */
  pending?: string[];
}

/**
 * What a verb that changes the schema needs where access is declared; nothing else than the URL where it is not. On a
 * local database it creates the roles, unless nothing is to be changed. `sql` is connected to the target.
 */
export async function setUpAccess(
  context: VerbContext,
  target: Target,
  sql: Sql,
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<SetUp> {
  const { access, migrationsTable } = await context.config();
  if (!access) return { url: target.url };
  const { actAsOwner, reconcileGrants } = await import('./access/index.ts');
  const declared = { access, historySchema: migrationsTable.schema };
  if (!dryRun) {
    const { createLocalRoles } = await import('./access/local-roles.ts');
    const created = await createLocalRoles(sql, target, await context.environment(), declared);
    if (created.length > 0) context.output.say(`Created the roles ${created.join(', ')}.`);
  }
  const tell = (grants: Grants) => {
    setUp.grants = grants;
    if (grants.statements > 0) context.output.say(`  grants  ${count(grants.statements, 'statement')}`);
    for (const problem of grants.problems) context.output.warn(`${problem} pnpm db roles corrects it.`);
  };
  const setUp: SetUp = {
    url: await actAsOwner(sql, target.url, declared),
    afterApply: reconcileGrants({
      ...declared,
      ...(dryRun
        ? { onPlan: ({ statements, problems }) => tell({ statements: 0, problems, pending: statements }) }
        : { onResult: ({ statements, problems }) => tell({ statements: statements.length, problems }) }),
    }),
  };
  return setUp;
}

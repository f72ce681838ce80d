import { NOT_WRITTEN } from '../migrator/directives.ts';
import { findLasting, findLosses } from './losses.ts';
import { planMigration } from './plan.ts';
import type { Rename } from './rename.ts';
import type { Snapshot } from './snapshot.ts';

/** What separates two statements of a file. */
export const BREAKPOINT = '--> statement-breakpoint\n';

export interface Down {
  /** The text of the file. */
  sql: string;
  /** Why there is no way back, if there is none. */
  irreversible?: string;
  /** Whether the migration itself takes values or rows away. */
  losesData: boolean;
}

/**
 * The down file of a migration that leads from `previous` to `current`. Where the migration takes something away that
 * no statement brings back, its first line says so, which stops `db revert`; the structure is restored below it.
 */
export async function writeDown(
  previous: Snapshot,
  current: Snapshot,
  up: { renames: Rename[]; renamed: Snapshot },
): Promise<Down> {
  const statements = await planWayBack(previous, current, up.renames);
  const losses = findLosses(up.renamed, current);
  const losesData = losses.length > 0;
  const reasons = [...losses, ...findLasting(up.renamed, current)];
  if (statements.length === 0) reasons.push('drizzle-kit knows no statement that leads back');
  const sql = statements.join(BREAKPOINT);
  if (reasons.length === 0) return { sql, losesData };
  const irreversible = summarize(reasons);
  return { irreversible, losesData, sql: `-- db: irreversible reason=${irreversible}\n${STRUCTURE_ALONE}${sql}` };
}

const STRUCTURE_ALONE =
  '-- Without the line above this restores the structure alone, as for a database whose rows do not matter.\n';

/** The down file of a migration whose statements are still to be written. */
export function downTemplate(tag: string): string {
  return `-- db: irreversible reason=${NOT_WRITTEN}
-- Put what undoes ${tag}.sql below and delete the line above, or say in that line why there is no way back.
`;
}

function summarize(reasons: string[]): string {
  const others = reasons.length - 3;
  return `${reasons.slice(0, 3).join('; ')}${others > 0 ? `; and ${others} more` : ''}`;
}

/** What is added and what is removed are different things, but for what was renamed. */
async function planWayBack(previous: Snapshot, current: Snapshot, renames: Rename[]): Promise<string[]> {
  const decisions = { rename: invert(renames), create: [] as string[], drop: [] };
  for (;;) {
    const plan = await planMigration(current, previous, decisions);
    if ('statements' in plan) return plan.statements;
    decisions.create.push(...plan.questions.flatMap(({ added }) => added));
  }
}

/**
 * The renames as flags, the other way round. They are settled in the same order, from schemas to columns, so the paths
 * of the way back have the schema and the table under their old names.
 */
function invert(renames: Rename[]): string[] {
  const done: Rename[] = [];
  return renames.map((rename) => {
    const [from, to] = [rename.to, rename.from].map((path) =>
      done.reduce(
        (text, { from: old, to: name }) => (text.startsWith(`${name}.`) ? old + text.slice(name.length) : text),
        path,
      ),
    ) as [string, string];
    done.unshift(rename);
    return `${from}=${to}`;
  });
}

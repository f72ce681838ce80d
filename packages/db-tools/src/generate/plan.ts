import { type Decisions, type Question, resolveDecisions, sharedTables } from './decisions.ts';
import { diffSnapshots } from './drizzle-kit.ts';
import { makeRunnable } from './make-runnable.ts';
import { deriveName } from './name.ts';
import { type Rename, renameStatements } from './rename.ts';
import { renameConstraints } from './rename-constraints.ts';
import { pathOf, type Snapshot } from './snapshot.ts';

export type Plan = { questions: Question[] } | PlannedMigration;

interface PlannedMigration {
  questions: [];
  statements: string[];
  name: string;
  renames: Rename[];
  /** The previous snapshot with the renames done. */
  renamed: Snapshot;
}

/** The statements that lead from the last snapshot to the current one, or what has to be decided first. */
export async function planMigration(previous: Snapshot, current: Snapshot, decisions: Decisions): Promise<Plan> {
  const resolution = resolveDecisions(previous, current, decisions);
  if (resolution.questions.length > 0) return { questions: resolution.questions };
  const { renames, mixed } = resolution;
  const constraints = renameConstraints(resolution.previous, current);
  const renamed = constraints.previous;
  const difference = makeRunnable(await diffInSteps(renamed, current, mixed), renamed, current);
  const isSchema = (statement: string) => statement.startsWith('CREATE SCHEMA');
  const statements = [
    // What is renamed may move into one.
    ...difference.filter(isSchema),
    ...renames.flatMap((rename) => renameStatements(rename, previous)),
    ...constraints.statements,
    ...difference.filter((statement) => !isSchema(statement)),
  ];
  const name = deriveName(renamed, current, { renames, first: isEmpty(previous) });
  return { questions: [], statements, name, renames, renamed };
}

/**
 * Two steps where something is removed and something else added: in one, drizzle-kit would ask whether it was renamed.
 */
async function diffInSteps(previous: Snapshot, current: Snapshot, mixed: boolean): Promise<string[]> {
  const start = withoutCascaded(previous, current);
  if (!mixed) return await diffSnapshots(start, current);
  const between = halfway(start, current);
  return [...(await diffSnapshots(start, between)), ...(await diffSnapshots(between, current))];
}

/** Tables are dropped with CASCADE, which takes the foreign keys of the others along. */
function withoutCascaded(previous: Snapshot, current: Snapshot): Snapshot {
  const next = structuredClone(previous);
  const removed = Object.keys(next.tables).filter((key) => !(key in current.tables));
  for (const table of Object.values(next.tables)) {
    table.foreignKeys = Object.fromEntries(
      Object.entries(table.foreignKeys).filter(
        ([, key]) => !removed.includes(pathOf({ schema: key.schemaTo, name: key.tableTo })),
      ),
    );
  }
  return next;
}

/**
 * Between the two: types and columns that are new stand beside those that go, so that nothing is without a type;
 * tables, views and policies that go are gone before others come, which may reuse the names of their indexes or their
 * columns.
 */
function halfway(previous: Snapshot, current: Snapshot): Snapshot {
  const next = structuredClone(previous);
  next.schemas = { ...current.schemas, ...next.schemas };
  next.enums = { ...current.enums, ...next.enums };
  next.sequences = { ...current.sequences, ...next.sequences };
  next.roles = { ...current.roles, ...next.roles };
  next.tables = pick(next.tables, Object.keys(current.tables));
  for (const [before, after] of sharedTables(next, current)) {
    before.columns = { ...after.columns, ...before.columns };
    before.policies = pick(before.policies, Object.keys(after.policies));
  }
  next.views = pick(next.views, Object.keys(current.views));
  next.policies = pick(next.policies, Object.keys(current.policies));
  return next;
}

function pick<T>(objects: Record<string, T>, keys: string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(objects).filter(([key]) => keys.includes(key)));
}

function isEmpty(snapshot: Snapshot): boolean {
  return Object.keys(snapshot.tables).length === 0;
}

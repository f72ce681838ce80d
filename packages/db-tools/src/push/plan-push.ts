import type { Sql } from 'postgres';
import { type Decisions, type Question, resolveDecisions } from '../generate/decisions.ts';
import { takeSnapshot } from '../generate/drizzle-kit.ts';
import { renameStatements } from '../generate/rename.ts';
import { ORIGIN, pathOf, quotePath, type Snapshot } from '../generate/snapshot.ts';
import { compareWithSchema } from './compare.ts';
import { findLosses } from './losses.ts';
import { readNames } from './read-names.ts';

export interface PushPlan {
  questions: Question[];
  statements: string[];
  /** What would be lost, a sentence each. */
  losses: string[];
}

export interface PushInput {
  /** What the entry module of the schema exports. */
  exports: Record<string, unknown>;
  /** Schemas to look at beside those of the schema module and `public`. */
  schemas: string[];
  decisions: Decisions;
}

/**
 * The statements that change a database to the schema. They are found by trying the renames and removals in a
 * transaction that is rolled back, so that the comparison meets nothing that may be one thing renamed.
 */
export async function planPush(sql: Sql, { exports, schemas, decisions }: PushInput): Promise<PushPlan> {
  const current = await takeSnapshot(exports, ORIGIN);
  const scope = [...new Set(['public', ...Object.keys(current.schemas), ...schemas])];
  const names = await readNames(sql, scope);
  const { questions, renames, previous, mixed } = resolveDecisions(names, onlyNames(current), decisions);
  if (questions.length > 0) return { questions, statements: [], losses: [] };
  const before = [
    ...renames.flatMap((rename) => renameStatements(rename, names)),
    ...(mixed ? separate(previous, current) : []),
  ];
  let plan: PushPlan | undefined;
  await sql
    .begin(async (tx) => {
      const losses: string[] = [];
      for (const statement of before) {
        losses.push(...(await findLosses(tx, statement)));
        await tx.unsafe(statement);
      }
      const after = await compareWithSchema(tx, exports, scope);
      for (const statement of after) losses.push(...(await findLosses(tx, statement)));
      plan = { questions: [], statements: [...before, ...after], losses: [...new Set(losses)] };
      throw new RollBack();
    })
    .catch((error) => {
      if (!(error instanceof RollBack)) throw error;
    });
  return plan!;
}

class RollBack extends Error {}

/**
 * drizzle-kit compares roles, policies and sequences itself where it looks at them; only what readNames reads may be
 * asked.
 */
function onlyNames(current: Snapshot): Snapshot {
  const tables = Object.entries(current.tables).map(([key, table]) => [key, { ...table, policies: {} }]);
  return { ...current, tables: Object.fromEntries(tables), roles: {}, sequences: {} };
}

/** Where something is removed and something else added, one of both happens first. */
function separate(previous: Snapshot, current: Snapshot): string[] {
  const names = <T extends { schema: string; name: string }>(objects: Record<string, T>) =>
    new Map(Object.values(objects).map((object) => [pathOf(object), object]));
  const missing = <T extends { schema: string; name: string }>(from: Record<string, T>, to: Record<string, T>) =>
    [...names(from)].filter(([path]) => !names(to).has(path)).map(([, object]) => object);
  const tables = names(current.tables);
  const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
  return [
    ...Object.keys(current.schemas)
      .filter((schema) => !(schema in previous.schemas))
      .map((schema) => `CREATE SCHEMA "${schema}";`),
    ...missing(current.enums, previous.enums).map(
      (type) =>
        `CREATE TYPE "${type.schema || 'public'}"."${type.name}" AS ENUM(${type.values.map(literal).join(', ')});`,
    ),
    ...missing(previous.views, current.views).map(
      (view) => `DROP ${view.materialized ? 'MATERIALIZED VIEW' : 'VIEW'} ${quotePath(view)};`,
    ),
    ...missing(previous.tables, current.tables).map((table) => `DROP TABLE ${quotePath(table)} CASCADE;`),
    ...Object.values(previous.tables).flatMap((table) => {
      const after = tables.get(pathOf(table));
      const gone = after ? Object.keys(table.columns).filter((column) => !(column in after.columns)) : [];
      return gone.map((column) => `ALTER TABLE ${quotePath(table)} DROP COLUMN "${column}";`);
    }),
  ];
}

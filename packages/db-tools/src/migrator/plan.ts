import { createdTable, type Effect, effectsOf } from './effects.ts';
import { findAhead, reconcile, refuseMismatch, toRun } from './history.ts';
import { historyReads } from './history-reads.ts';
import { lineAndColumn } from './position.ts';
import { quoteLiteral } from './quote.ts';
import { filesUpTo, readMigrations } from './read-files.ts';
import { readScript, type Script } from './segments.ts';
import { openSession, type Session } from './session.ts';
import { type RecordedStep, readStore, storeNames } from './store.ts';
import { inspectTarget } from './target-check.ts';
import { told } from './told.ts';
import type { MigratorOptions, PlannedMigration, PlannedStatement, PlanResult, TableSize } from './types.ts';

/**
 * The statements that `migrate` would run, with what each does to which table and how large that table is now.
 * Reads catalogs only, so a table of a terabyte costs as little as an empty one. Throws exit 3 like `migrate`.
 */
export function plan(options: MigratorOptions & { to?: string }): Promise<PlanResult> {
  return told(options, () => readPlan(options));
}

async function readPlan(options: MigratorOptions & { to?: string }): Promise<PlanResult> {
  const files = readMigrations(options.directory);
  const names = storeNames(options.table);
  const session = await openSession({ ...options, applicationName: options.applicationName ?? 'db plan' });
  try {
    const reads = historyReads(session, names);
    const { store } = await inspectTarget(session.quick(), names);
    const { rows, notes, steps } = await readStore(reads, store, names);
    const history = reconcile(files, rows, notes);
    if (findAhead(history).length === 0) refuseMismatch(history);
    const wanted = filesUpTo(files, options.to);
    const scripts = toRun(history).flatMap(({ file }) => (wanted.has(file) ? [readScript(file)] : []));
    const migrations = planScripts(scripts, steps);
    const sizes = await readSizes(session, migrations);
    return { migrations: migrations.map((migration) => withSizes(migration, sizes)), pending: scripts.length };
  } finally {
    await session.close();
  }
}

/** The plan without sizes. Pure. */
export function planScripts(scripts: Script[], steps: RecordedStep[]): PlannedMigration[] {
  const created = new Set<string>();
  return scripts.map((script) => {
    const done = new Set(
      steps.filter((step) => step.tag === script.file.tag && step.state === 'done').map((step) => step.seq),
    );
    const transactions = script.segments.filter(({ kind }) => kind === 'transaction');
    return {
      tag: script.file.tag,
      mode: script.mode,
      statements: script.segments.flatMap((segment) =>
        segment.statements.map((statement): PlannedStatement => {
          const table = createdTable(statement.text);
          if (table !== undefined) created.add(normalise(table));
          return {
            number: statement.number,
            line: lineAndColumn(script.sql, statement.start).line,
            sql: statement.text,
            transaction: segment.kind === 'own' ? null : transactions.indexOf(segment) + 1,
            done: done.has(statement.number),
            effects: effectsOf(statement.text).map((effect) => onNewTable(effect, created)),
          };
        }),
      ),
    };
  });
}

/** Nobody waits for a table that nobody knows yet, and it has no rows to lose. */
function onNewTable(effect: Effect, created: Set<string>): PlannedStatement['effects'][number] {
  const isNew = !effect.isIndex && created.has(normalise(effect.table));
  return { table: effect.table, lock: effect.lock, isNew, hazards: isNew ? [] : effect.hazards };
}

/** `Public."Users"` and `public."Users"` are one name; `users` may be `public.users`. */
function normalise(name: string): string {
  const parts = name.match(/"(?:[^"]|"")*"|[^.]+/g) ?? [];
  const plain = parts.map((part) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase(),
  );
  return (plain.length === 1 ? ['public', ...plain] : plain).join('\0');
}

async function readSizes(session: Session, migrations: PlannedMigration[]): Promise<Map<string, TableSize>> {
  const names = new Set(
    migrations.flatMap(({ statements }) => statements.flatMap(({ effects }) => effects.map(({ table }) => table))),
  );
  const known = [...names].filter((name) => !name.endsWith('.*'));
  if (known.length === 0) return new Map();
  const rows = await session.run(`
    select wanted.name, pg_catalog.pg_total_relation_size(c.oid)::float8 as bytes, greatest(c.reltuples, 0)::float8 as rows
    from (values ${known.map((name) => `(${quoteLiteral(name)})`).join(', ')}) wanted (name)
    join pg_catalog.pg_class found on found.oid = pg_catalog.to_regclass(wanted.name)
    left join pg_catalog.pg_index i on i.indexrelid = found.oid
    join pg_catalog.pg_class c on c.oid = coalesce(i.indrelid, found.oid)`);
  return new Map(rows.map((row) => [String(row.name), { bytes: Number(row.bytes), rows: Number(row.rows) }]));
}

function withSizes(migration: PlannedMigration, sizes: Map<string, TableSize>): PlannedMigration {
  const statements = migration.statements.map((statement) => ({
    ...statement,
    effects: statement.effects.map((effect) => ({ ...effect, ...sizes.get(effect.table) })),
  }));
  return { ...migration, statements };
}

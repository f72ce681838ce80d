import { setTimeout as sleep } from 'node:timers/promises';
import { DbError, EXIT } from '../errors.ts';
import type { OwnOperation } from './classify.ts';
import { definitionOf, wantedDefinition } from './index-definition.ts';
import { quoteLiteral } from './quote.ts';
import type { Row, Session } from './session.ts';

/**
 * What the database had before a statement outside of a transaction began: only what changed since then is our doing.
 */
export interface Before {
  /** Oids: the indexes of the table for CREATE INDEX, every INVALID index for REINDEX. */
  indexes?: number[];
  /** Whether what the statement drops, detaches or creates was there. */
  there?: boolean;
}

/** A statement that was running when its process or connection ended, or that failed. */
export interface Interrupted {
  sql: string;
  operation: OwnOperation;
  before: Before;
  /** What it left and `settle` has not removed yet, with the SQL that does. */
  leftovers: Map<string, string>;
}

/** What became of an interrupted statement. */
export type Outcome = 'done' | 'not-done' | 'unknown';

/** Looks at the database before the statement starts. */
export async function lookBefore(session: Session, operation: OwnOperation): Promise<Before> {
  switch (operation.kind) {
    case 'create-index':
      return { indexes: await indexes(session, `indrelid = pg_catalog.to_regclass(${quoteLiteral(operation.table)})`) };
    case 'reindex':
      return { indexes: await indexes(session, 'not indisvalid') };
    case 'repeatable':
    case 'unknown':
      return {};
    default:
      return { there: await exists(session, objectOf(operation)) };
  }
}

async function indexes(session: Session, condition: string): Promise<number[]> {
  const rows = await session.run(`select indexrelid::bigint as oid from pg_catalog.pg_index where ${condition}`);
  return rows.map((row) => Number(row.oid));
}

/** A query that gives a row while the object of the statement is there. */
function objectOf(
  operation: Exclude<OwnOperation, { kind: 'create-index' | 'reindex' | 'repeatable' | 'unknown' }>,
): string {
  switch (operation.kind) {
    case 'drop-index':
      return `select from pg_catalog.pg_class where oid = pg_catalog.to_regclass(${quoteLiteral(operation.index)})`;
    case 'detach-partition':
      return `select from pg_catalog.pg_inherits where ${inheritance(operation)}`;
    case 'create-database':
    case 'drop-database':
      return `select from pg_catalog.pg_database where datname = ${nameOf(operation.name)}`;
    case 'create-tablespace':
    case 'drop-tablespace':
      return `select from pg_catalog.pg_tablespace where spcname = ${nameOf(operation.name)}`;
    case 'create-subscription':
    case 'drop-subscription':
      return `select from pg_catalog.pg_subscription where subname = ${nameOf(operation.name)}`;
  }
}

function inheritance({ parent, partition }: Extract<OwnOperation, { kind: 'detach-partition' }>): string {
  return `inhrelid = pg_catalog.to_regclass(${quoteLiteral(partition)}) and inhparent = pg_catalog.to_regclass(${quoteLiteral(parent)})`;
}

/** The INVALID index that bears the wanted name already: CREATE INDEX IF NOT EXISTS would take it for done. */
export async function findInvalidTwin(session: Session, operation: OwnOperation): Promise<string | undefined> {
  if (operation.kind !== 'create-index' || operation.index === undefined) return undefined;
  const [row] = await session.run(`
    select pg_catalog.format('%I.%I', n.nspname, c.relname) as name from pg_catalog.pg_class t
    join pg_catalog.pg_class c on c.relnamespace = t.relnamespace join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_index i on i.indexrelid = c.oid
    where t.oid = pg_catalog.to_regclass(${quoteLiteral(operation.table)}) and c.relname = ${nameOf(operation.index)} and not i.indisvalid`);
  return row && String(row.name);
}

/** The name as the catalogs have it. */
function nameOf(name: string): string {
  return `(pg_catalog.parse_ident(${quoteLiteral(name)}))[1]`;
}

/**
 * Finds out whether the statement took effect, and removes what a half-done one left. Waits for an index build that
 * still runs. In doubt the outcome is unknown.
 */
export async function settle(session: Session, interrupted: Interrupted): Promise<Outcome> {
  const { operation, before } = interrupted;
  switch (operation.kind) {
    case 'create-index':
      return settleIndexBuild(session, interrupted, operation);
    case 'reindex':
      await dropReindexLeftovers(session, interrupted);
      return 'not-done';
    case 'repeatable':
      return 'not-done';
    case 'unknown':
      return 'unknown';
    case 'detach-partition':
      await finishDetach(session, interrupted, operation);
  }
  return (await exists(session, objectOf(operation))) === before.there ? 'not-done' : 'done';
}

async function settleIndexBuild(
  session: Session,
  interrupted: Interrupted,
  { index, table }: Extract<OwnOperation, { kind: 'create-index' }>,
): Promise<Outcome> {
  const { sql, before } = interrupted;
  const isCandidate = `i.indrelid = pg_catalog.to_regclass(${quoteLiteral(table)}) and ${isNew('i.indexrelid', before)}
    ${index === undefined ? '' : `and c.relname = ${nameOf(index)}`}`;
  await waitForBuild(session, isCandidate);
  const candidates = await session.run(`
    select i.indisvalid as valid, pg_catalog.format('%I.%I', n.nspname, c.relname) as name, ${definitionOf('i')} as definition
    from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where ${isCandidate}`);
  if (candidates.length === 0) return 'not-done';
  const wanted = await wantedDefinition(session, sql, table);
  if (wanted === undefined) return 'unknown';
  // Meanwhile somebody else may have made another index of that table, or under that name.
  const ours = candidates.filter(({ definition }) => definition === wanted);
  await dropIndexes(
    session,
    interrupted,
    ours.filter(({ valid }) => valid !== true),
  );
  if (ours.some((row) => row.valid === true)) return 'done';
  return index !== undefined && ours.length < candidates.length ? 'unknown' : 'not-done';
}

const BUILD_WAIT_MS = 300_000;

/**
 * The server goes on with a build after its client was killed. As long as it has the lock of that run too, nobody gets
 * here; once it has lost that, the index must not be dropped under it. Builds of other indexes on the table are none of
 * our business.
 */
async function waitForBuild(session: Session, isCandidate: string): Promise<void> {
  const { signal } = session;
  for (const deadline = performance.now() + BUILD_WAIT_MS; ; await sleep(250, undefined, { signal })) {
    const [build] = await session.run(`
      select p.pid, c.relname as name from pg_catalog.pg_stat_progress_create_index p
      join pg_catalog.pg_index i on i.indexrelid = p.index_relid join pg_catalog.pg_class c on c.oid = i.indexrelid
      where p.datname = pg_catalog.current_database() and p.pid <> pg_catalog.pg_backend_pid() and ${isCandidate}`);
    if (!build) return;
    if (performance.now() < deadline) continue;
    throw new DbError(
      'build_running',
      `Process ${build.pid} still builds the index ${build.name} for an earlier run, and was not through within ${BUILD_WAIT_MS / 1000} s.`,
      {
        exit: EXIT.locked,
        hint: `Wait for it, or end it: psql -c 'select pg_terminate_backend(${build.pid})'; then: pnpm db migrate`,
      },
    );
  }
}

/** What an interrupted REINDEX CONCURRENTLY leaves: INVALID indexes named _ccnew and _ccold. */
async function dropReindexLeftovers(session: Session, interrupted: Interrupted): Promise<void> {
  const rows = await session.run(`
    select pg_catalog.format('%I.%I', n.nspname, c.relname) as name
    from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indexrelid join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where not i.indisvalid and c.relkind = 'i' and n.nspname <> 'pg_toast' and c.relname ~ '_cc(new|old)[0-9]*$' and ${isNew('i.indexrelid', interrupted.before)}`);
  await dropIndexes(session, interrupted, rows);
}

async function dropIndexes(session: Session, { leftovers }: Interrupted, indexes: Row[]): Promise<void> {
  const all = indexes.map(
    ({ name }) => [`the INVALID index ${name}`, `drop index concurrently if exists ${name}`] as const,
  );
  for (const [what, drop] of all) leftovers.set(what, drop);
  for (const [what, drop] of all) {
    await session.run(drop);
    leftovers.delete(what);
  }
}

function isNew(oid: string, { indexes = [] }: Before): string {
  return indexes.length === 0 ? 'true' : `${oid}::bigint not in (${indexes.join(', ')})`;
}

/** The second half of DETACH … CONCURRENTLY, when only the first was done. */
async function finishDetach(
  session: Session,
  { leftovers }: Interrupted,
  operation: Extract<OwnOperation, { kind: 'detach-partition' }>,
): Promise<void> {
  const pending = `select from pg_catalog.pg_inherits where inhdetachpending and ${inheritance(operation)}`;
  if (!(await exists(session, pending))) return;
  const what = `the partition ${operation.partition}, detached by half,`;
  const finalize = `alter table ${operation.parent} detach partition ${operation.partition} finalize`;
  leftovers.set(what, finalize);
  await session.run(finalize);
  leftovers.delete(what);
}

async function exists(session: Session, query: string): Promise<boolean> {
  const [row] = await session.run(`select exists (${query}) as found`);
  return row?.found === true;
}

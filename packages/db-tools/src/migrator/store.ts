import { setTimeout as sleep } from 'node:timers/promises';
import { DbError, EXIT } from '../errors.ts';
import { type HistoryRow, NO_NOTES, type SideNotes } from './history.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';
import type { Reader, Row, Session } from './session.ts';
import type { MigrationsTable } from './types.ts';

const DRIZZLE_TABLE: MigrationsTable = { schema: 'drizzle', table: '__drizzle_migrations' };

/**
 * Our tables, quoted. Drizzle's own gets no column and no row of ours: drizzle 1.0 aborts on rows that it does not know
 * and runs everything again when it finds a column `name`. What we know beyond it is in two side tables.
 */
export interface StoreNames {
  table: MigrationsTable;
  history: string;
  /** Per applied file: tag, when, how long; also which files may run out of order. */
  files: string;
  /** Per statement that runs outside of a transaction: begun or done. */
  steps: string;
  index: string;
}

export function storeNames(table: MigrationsTable = DRIZZLE_TABLE): StoreNames {
  const schema = quoteIdentifier(table.schema);
  if (Buffer.byteLength(table.table) > 57) {
    throw new DbError(
      'table_name_too_long',
      `The table name ${table.table} leaves no room for the names of its side tables.`,
      {
        hint: 'Choose a migrationsTable of at most 57 bytes.',
      },
    );
  }
  return {
    table,
    history: `${schema}.${quoteIdentifier(table.table)}`,
    files: `${schema}.${quoteIdentifier(`${table.table}_files`)}`,
    steps: `${schema}.${quoteIdentifier(`${table.table}_steps`)}`,
    index: quoteIdentifier(`${table.table}_once`),
  };
}

/** What of the store exists. */
export interface StoreState {
  schema: boolean;
  history: boolean;
  files: boolean;
  steps: boolean;
  /** A unique index over (created_at, hash), under whatever name. */
  unique: boolean;
}

/** The query for StoreState; it reads catalogs only, so that it needs no right on the schema. */
export function storeStateQuery({ table: { schema, table } }: StoreNames): string {
  const exists = (name: string) =>
    `exists (select from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relname = ${quoteLiteral(name)})`;
  return `
    select n.oid is not null as schema, ${exists(table)} as history, ${exists(`${table}_files`)} as files, ${exists(`${table}_steps`)} as steps,
      exists (
        select from pg_catalog.pg_index i join pg_catalog.pg_class c on c.oid = i.indrelid
        where c.relnamespace = n.oid and c.relname = ${quoteLiteral(table)}
          and i.indisunique and i.indisvalid and i.indpred is null and i.indnkeyatts = 2
          and (select pg_catalog.array_agg(a.attname::text order by a.attname)
               from pg_catalog.pg_attribute a where a.attrelid = i.indrelid and a.attnum = any (i.indkey)) = '{created_at,hash}'
      ) as unique
    from (values (1)) one left join pg_catalog.pg_namespace n on n.nspname = ${quoteLiteral(schema)}`;
}

export function isComplete(state: StoreState): boolean {
  return state.history && state.files && state.steps && state.unique;
}

/**
 * Creates what is missing, and asks the catalogs first: CREATE … IF NOT EXISTS needs the right to create even when
 * there is nothing to do. Stock drizzle may be creating the same things at the same moment, hence the second look.
 */
export async function ensureStore(session: Session, names: StoreNames, { index = true } = {}): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const [state] = (await session.run(storeStateQuery(names))) as unknown as StoreState[];
    if (!state) throw new Error('The catalog query returned nothing');
    const statements = creation({ ...state, unique: state.unique || !index }, names);
    if (statements.length === 0) return;
    try {
      await session.run(`begin; set local lock_timeout = '2s'; ${statements.join('; ')}; commit`);
      return;
    } catch (error) {
      if (!session.lost) await session.run('rollback');
      const { code } = error as { code?: string };
      if (attempt < 20 && RACE_CODES.has(code ?? '')) {
        await sleep(50 * attempt);
        continue;
      }
      if (code === '42501') throw missingRight(error as Error, statements);
      throw error;
    }
  }
}

/** Name taken meanwhile (schema, table, type behind it), or the table locked by whoever creates the same. */
const RACE_CODES = new Set(['42P06', '42P07', '42710', '23505', '55P03', '40P01', 'XX000']);

function creation(state: StoreState, { table, history, files, steps, index }: StoreNames): string[] {
  const statements: string[] = [];
  if (!state.schema) statements.push(`create schema ${quoteIdentifier(table.schema)}`);
  if (!state.history)
    statements.push(`create table ${history} (id serial primary key, hash text not null, created_at bigint)`);
  if (!state.unique) statements.push(`create unique index ${index} on ${history} (created_at, hash)`);
  if (!state.files) {
    statements.push(`create table ${files} (
      created_at bigint not null, hash text not null, tag text not null, applied_at timestamptz, ms integer,
      applied_by text, out_of_order boolean not null default false, primary key (created_at, hash))`);
  }
  if (!state.steps) {
    statements.push(`create table ${steps} (
      tag text not null, seq integer not null, sha text not null, state text not null check (state in ('running', 'done')),
      before jsonb, started_at timestamptz not null default now(), finished_at timestamptz, primary key (tag, seq))`);
  }
  return statements;
}

function missingRight(error: Error, statements: string[]): DbError {
  return new DbError('permission_denied', `The migration tables cannot be created: ${error.message}.`, {
    exit: EXIT.failed,
    hint: `Connect as the owner of the database, or have it run once:\n${statements.map((statement) => `${statement.replace(/\s+/g, ' ')};`).join('\n')}`,
    cause: error,
  });
}

export interface Recorded {
  rows: HistoryRow[];
  notes: SideNotes;
  steps: RecordedStep[];
}

export interface RecordedStep {
  tag: string;
  seq: number;
  sha: string;
  state: 'running' | 'done';
  before: unknown;
}

/**
 * The history and our notes on it, of whatever exists, in one round trip; without `details` only the notes that decide
 * what may run.
 */
export async function readStore(
  session: Reader,
  state: StoreState,
  names: StoreNames,
  { details = true } = {},
): Promise<Recorded> {
  if (!state.history) return { rows: [], notes: NO_NOTES, steps: [] };
  const queries = [`select id, hash, created_at from ${names.history} order by id`];
  if (state.files) {
    queries.push(
      `select created_at, hash, tag, pg_catalog.to_char(applied_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as applied_at, ms, out_of_order from ${names.files}${details ? '' : ' where out_of_order'}`,
    );
  }
  if (state.steps) queries.push(`select tag, seq, sha, state, before from ${names.steps} order by tag, seq`);
  const results = await session.runAll(queries.join('; '));
  const files = state.files ? (results[1] ?? []) : [];
  const steps = (state.steps ? (results.at(-1) ?? []) : []) as unknown as RecordedStep[];
  const notesByKey = new Map(files.map((row) => [`${row.created_at}:${row.hash}`, row]));
  const rows = (results[0] ?? []).map((row) => toHistoryRow(row, notesByKey.get(`${row.created_at}:${row.hash}`)));
  return {
    rows,
    steps,
    notes: {
      partial: new Set(steps.map((step) => step.tag)),
      outOfOrderAllowed: new Set(files.filter((row) => row.out_of_order).map((row) => `${row.created_at}:${row.tag}`)),
    },
  };
}

/** A row of drizzle's table, with our note on it. */
export function toHistoryRow(row: Row, note?: Row): HistoryRow {
  return {
    id: Number(row.id),
    hash: String(row.hash),
    createdAt: row.created_at === null ? null : Number(row.created_at),
    ...(note ? { tag: String(note.tag) } : {}),
    ...(note?.applied_at ? { appliedAt: String(note.applied_at) } : {}),
    ...(note && note.ms !== null ? { ms: Number(note.ms) } : {}),
  };
}

export interface FileStamp {
  tag: string;
  when: number;
  hash: string;
}

/** Drizzle's row, as drizzle writes it. */
export function insertHistoryRow({ history }: StoreNames, { hash, when }: FileStamp): string {
  return `insert into ${history} (hash, created_at) values (${quoteLiteral(hash)}, ${when})`;
}

/** Whether drizzle's row is there. */
export function selectRecorded({ history }: StoreNames, { hash, when }: FileStamp): string {
  return `select exists (select from ${history} where created_at = ${when} and hash = ${quoteLiteral(hash)}) as recorded`;
}

/**
 * Lets the next row of the history have an id: a sequence does not follow rows that came with theirs, from a copy or a
 * replica.
 */
export function moveIdsOn({ history }: StoreNames): string {
  return `select pg_catalog.setval(pg_catalog.pg_get_serial_sequence(${quoteLiteral(history)}, 'id'), max(id)) from ${history}`;
}

/** Our note beside it; `ms` undefined where the time means nothing, as after a repair. */
export function insertFileNote(
  { files, steps }: StoreNames,
  { tag, when, hash }: FileStamp,
  ms: number | undefined,
): string {
  const took = ms === undefined ? 'null' : Math.round(ms);
  // What an interrupted revert had done is undone by now: the next one begins anew.
  return `delete from ${steps} where tag = ${quoteLiteral(`${tag}.down`)};
    insert into ${files} (created_at, hash, tag, applied_at, ms, applied_by)
    values (${when}, ${quoteLiteral(hash)}, ${quoteLiteral(tag)}, now(), ${took}, pg_catalog.current_setting('application_name'))
    on conflict (created_at, hash) do update set tag = excluded.tag, applied_at = excluded.applied_at, ms = excluded.ms, applied_by = excluded.applied_by`;
}

/** Lets a file run although a newer one has. */
export function allowOutOfOrder({ files }: StoreNames, { tag, when, hash }: FileStamp): string {
  return `insert into ${files} (created_at, hash, tag, out_of_order) values (${when}, ${quoteLiteral(hash)}, ${quoteLiteral(tag)}, true)
    on conflict (created_at, hash) do update set tag = excluded.tag, out_of_order = true`;
}

/** A file whose history row is written or removed needs no steps any more, in neither direction. */
export function removeSteps({ steps }: StoreNames, tag: string): string {
  const up = tag.replace(/\.down$/, '');
  return `delete from ${steps} where tag in (${quoteLiteral(up)}, ${quoteLiteral(`${up}.down`)})`;
}

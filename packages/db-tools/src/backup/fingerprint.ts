import { createHash } from 'node:crypto';
import type { Sql, TransactionSql } from 'postgres';
import { quoteIdentifier } from '../migrator/quote.ts';
import type { Manifest } from './manifest.ts';

/** What two databases with the same content agree on. */
export type Content = Pick<Manifest, 'tables' | 'schema' | 'fingerprint'>;

export interface TableName {
  schema: string;
  name: string;
}

/**
 * Runs `read` in one read-only snapshot with settings that make the text of every value the same everywhere. Waits for
 * nobody's locks longer than a minute.
 */
export async function inSnapshot<T>(
  sql: Sql,
  read: (tx: TransactionSql, tables: TableName[]) => Promise<T>,
): Promise<T> {
  const before = await listTables(sql);
  return (await sql.begin('isolation level repeatable read read only', async (tx) => {
    await tx.unsafe(SETTINGS);
    // Locked before the snapshot is taken: a table that is rewritten or truncated afterwards would look empty in it.
    const names = before.map(({ schema, name }) => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`);
    if (names.length > 0)
      await tx.unsafe(`lock table ${names.map((name) => `only ${name}`).join(', ')} in access share mode`);
    return read(tx, await listTables(tx));
  })) as T;
}

const SETTINGS = `
  set local search_path = ''; set local lock_timeout = '60s'; set local statement_timeout = 0;
  set local idle_in_transaction_session_timeout = 0; set local row_security = off;
  set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres';
  set local extra_float_digits = 3; set local bytea_output = 'hex'; set local lc_monetary = 'C'`;

/** Counts and hashes every table in the transaction's snapshot. `hashed` false counts only. */
export async function readContent(
  tx: TransactionSql,
  tables: TableName[],
  options: { hashed: boolean; onTable?: (done: number) => void; signal?: AbortSignal },
): Promise<Content> {
  const counted: Content['tables'] = {};
  for (const [index, table] of tables.entries()) {
    options.signal?.throwIfAborted();
    counted[`${table.schema}.${table.name}`] = await readTable(tx, table, options);
    options.onTable?.(index + 1);
  }
  const lines = (await tx.unsafe<{ line: string }[]>(INVENTORY)).map(({ line }) => line).sort();
  const schema = sha256(lines.join('\n'));
  const rows = Object.entries(counted).map(([name, { rows, hash }]) => `${name} ${rows} ${hash}`);
  return { tables: counted, schema, fingerprint: options.hashed ? sha256([schema, ...rows.sort()].join('\n')) : null };
}

/** The differences between what was backed up and what is there, a sentence each. */
export function compareContent(expected: Content, found: Content): string[] {
  const names = [...new Set([...Object.keys(expected.tables), ...Object.keys(found.tables)])].sort();
  const differences = names.flatMap((name) => {
    const [was, is] = [expected.tables[name], found.tables[name]];
    if (!was) return [`the table ${name} is new`];
    if (!is) return [`the table ${name} is missing`];
    if (was.rows !== is.rows) return [`${name} has ${is.rows} rows instead of ${was.rows}`];
    return was.hash === undefined || is.hash === undefined || was.hash === is.hash
      ? []
      : [`${name} has other content in its ${is.rows} rows`];
  });
  return expected.schema === found.schema
    ? differences
    : [...differences, 'columns, constraints, indexes or functions differ'];
}

async function readTable(
  tx: TransactionSql,
  { schema, name }: TableName,
  { hashed, signal }: { hashed: boolean; signal?: AbortSignal },
): Promise<Content['tables'][string]> {
  // A sum does not depend on the order of rows, and unlike an exclusive or it sees two that are the same.
  const hash = hashed ? `, coalesce(sum(hashtextextended(row(x.*)::text collate "C", 0)), 0)::text as hash` : '';
  const query = tx.unsafe<{ rows: string; hash?: string }[]>(
    `select count(*)::text as rows${hash} from only ${quoteIdentifier(schema)}.${quoteIdentifier(name)} x`,
  );
  const cancel = () => query.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const [row] = await query;
    return { rows: Number(row!.rows), ...(row!.hash === undefined ? {} : { hash: row!.hash }) };
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

/** Tables whose rows pg_dump writes: not those of extensions, nor temporary ones. */
async function listTables(sql: Sql | TransactionSql): Promise<TableName[]> {
  return await sql<TableName[]>`
    select n.nspname as schema, c.relname as name
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_catalog.pg_depend d
        where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    order by 1, 2`;
}

/**
 * One line per object, without expressions: PostgreSQL prints some of them in another form once they have been dumped
 * and read again. Invalid indexes are not dumped, and sequences go on while a dump runs.
 */
const INVENTORY = `
  with mine as (
    select n.oid, pg_catalog.quote_ident(n.nspname) as name from pg_catalog.pg_namespace n
    where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  ), extended as (select classid, objid from pg_catalog.pg_depend where deptype = 'e'),
  relation as (
    select c.*, m.name || '.' || pg_catalog.quote_ident(c.relname) as name
    from pg_catalog.pg_class c join mine m on m.oid = c.relnamespace
    where c.relpersistence <> 't' and not exists (select from extended e where e.classid = 'pg_catalog.pg_class'::regclass and e.objid = c.oid)
  )
  select pg_catalog.concat_ws(' ', 'relation', relkind, name, relrowsecurity, relforcerowsecurity) as line
  from relation where relkind in ('r', 'p', 'v', 'm', 'S', 'f')
  union all
  select pg_catalog.concat_ws(' ', 'column', r.name, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef, a.attidentity, a.attgenerated)
  from relation r join pg_catalog.pg_attribute a on a.attrelid = r.oid
  where r.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped
  union all
  select pg_catalog.concat_ws(' ', 'constraint', r.name, c.conname, c.contype, c.convalidated, c.condeferrable, c.condeferred)
  from relation r join pg_catalog.pg_constraint c on c.conrelid = r.oid where c.contype <> 'n'
  union all
  select pg_catalog.concat_ws(' ', 'index', r.name, x.relname, i.indisunique, i.indisprimary, (
    select pg_catalog.string_agg(coalesce(a.attname, '()'), ',' order by k.at)
    from pg_catalog.unnest(i.indkey) with ordinality k (number, at)
    left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number and k.number <> 0))
  from relation r join pg_catalog.pg_index i on i.indrelid = r.oid join pg_catalog.pg_class x on x.oid = i.indexrelid
  where i.indisvalid and r.relkind in ('r', 'p', 'm')
  union all
  select pg_catalog.concat_ws(' ', 'function', m.name, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid), p.prosecdef, pg_catalog.md5(p.prosrc))
  from pg_catalog.pg_proc p join mine m on m.oid = p.pronamespace
  where not exists (select from extended e where e.classid = 'pg_catalog.pg_proc'::regclass and e.objid = p.oid)
  union all
  select pg_catalog.concat_ws(' ', 'type', m.name, t.typname, t.typtype, (
    select pg_catalog.string_agg(pg_catalog.quote_literal(l.enumlabel), ',' order by l.enumsortorder) from pg_catalog.pg_enum l where l.enumtypid = t.oid))
  from pg_catalog.pg_type t join mine m on m.oid = t.typnamespace
  where t.typtype in ('e', 'd') and not exists (select from extended e where e.classid = 'pg_catalog.pg_type'::regclass and e.objid = t.oid)
  union all
  select pg_catalog.concat_ws(' ', 'trigger', r.name, t.tgname, t.tgenabled)
  from relation r join pg_catalog.pg_trigger t on t.tgrelid = r.oid where not t.tgisinternal
  union all
  select pg_catalog.concat_ws(' ', 'policy', r.name, p.polname, p.polcmd, p.polpermissive)
  from relation r join pg_catalog.pg_policy p on p.polrelid = r.oid
  union all
  select 'schema ' || name from mine where name <> 'public'
  union all
  select 'extension ' || extname from pg_catalog.pg_extension`;

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

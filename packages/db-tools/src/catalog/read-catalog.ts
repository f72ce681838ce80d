import type { Sql } from 'postgres';
import { assemble, type Comment, type Dependency } from './assemble.ts';
import type { Row } from './draft.ts';
import { readers } from './readers/index.ts';
import type { Catalog } from './types.ts';

export interface CatalogOptions {
  /** The table of the migrations: it and what lies beside it are no part of the schema. */
  migrationsTable?: { schema: string; table: string };
  /** Whether owners are compared: not unless asked for. Who owns the table of the migrations is CURRENT_USER. */
  owners?: boolean;
}

/**
 * The whole catalog of the database that `sql` is connected to, in two round trips however many tables there are. Read
 * it in a transaction of its own kind (`repeatable read`), since a change in between would give half of each.
 */
export async function readCatalog(sql: Pick<Sql, 'unsafe'>, options: CatalogOptions = {}): Promise<Catalog> {
  const [settings] = (await sql.unsafe(SETTINGS)) as unknown as [{ version: number; user: string }];
  const queries = [DEPENDENCIES, COMMENTS, ...readers.map((reader) => reader.query(settings.version))];
  const results = (await sql.unsafe(queries.join(';\n')).simple()) as unknown as Row[][];
  const [dependencies, comments, ...rows] = results;
  return {
    serverVersion: settings.version,
    objects: assemble({
      drafts: readers.flatMap((reader, index) => rows[index]!.flatMap((row) => reader.read(row))),
      dependencies: dependencies as unknown as Dependency[],
      comments: comments as unknown as Comment[],
      ...options,
    }),
  };
}

/** What decides how the server writes definitions, for the transaction. */
const SETTINGS = `
  select set_config('search_path', '', true), set_config('timezone', 'UTC', true), set_config('datestyle', 'ISO', true),
    set_config('intervalstyle', 'postgres', true), set_config('bytea_output', 'hex', true), set_config('extra_float_digits', '1', true),
    set_config('quote_all_identifiers', 'off', true), set_config('standard_conforming_strings', 'on', true),
    current_setting('server_version_num')::int as version`;

/** Only what people made: what PostgreSQL brings along has lower numbers. */
const DEPENDENCIES = `
  select classid::regclass::text || ':' || objid as "from", objsubid as "fromColumn", refclassid::regclass::text || ':' || refobjid as "to",
    refobjsubid as "toColumn", deptype as type
  from pg_depend where objid >= 16384 and (refobjid >= 16384 or refclassid = 'pg_extension'::regclass) and deptype <> 'P' and deptype <> 'S'`;

const COMMENTS = `
  select classoid::regclass::text || ':' || objoid as address, objsubid as column, description
  from pg_description where objoid >= 16384 or classoid in ('pg_namespace'::regclass, 'pg_extension'::regclass)`;

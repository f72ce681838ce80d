import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sql } from 'postgres';
import { status } from '../../migrator/index.ts';
import { type Check, fail, type OpenClone, ok } from '../check.ts';

/**
 * Whether the tables are those that the history speaks of: `relation … does not exist` comes of one that is gone,
 * `schema … already exists` of one that was made without a migration.
 */
export const tables: Check<OpenClone> = {
  name: 'tables',
  async run({ target, config, sql }) {
    const { migrations } = await status({
      url: target.url,
      directory: config.migrations,
      table: config.migrationsTable,
    });
    const made = new Map<string, { tag: string; applied: boolean }>();
    for (const { tag, state } of migrations) {
      // Of what is there in part nobody can say which tables there should be.
      if (state === 'missing-file' || state === 'partial') continue;
      const applied = state !== 'pending';
      const text = readFileSync(join(config.migrations, `${tag}.sql`), 'utf8');
      for (const [verb, name] of tableStatements(text)) {
        if (verb === 'CREATE') made.set(name, { tag, applied });
        else if (applied) made.delete(name);
      }
    }
    const present = await findPresent(sql, [...made.keys()]);
    const gone = [...made].find(([name, { applied }]) => applied && !present.has(name));
    if (gone) {
      return fail(
        `relation "${gone[0]}" does not exist, although ${gone[1].tag} made it and is recorded as applied.`,
        'See what is missing and the SQL that brings it back: pnpm db drift; a local database may start over: pnpm db reset',
      );
    }
    const early = [...made].find(([name, { applied }]) => !applied && present.has(name));
    if (early) {
      return fail(
        `relation "${early[0]}" already exists, although ${early[1].tag}, which makes it, is pending: it was made by hand or with db push.`,
        `If all of the file is there: pnpm db repair --mark-applied ${early[1].tag}; a local database may start over: pnpm db reset`,
      );
    }
    return ok(`${present.size} of the migrations' tables are there.`);
  },
};

/** What drizzle-kit writes; SQL by hand in another form is left to db drift. */
function tableStatements(sql: string): [verb: string, name: string][] {
  const pattern =
    /^\s*(CREATE|DROP) (?:UNLOGGED )?TABLE (?:IF (?:NOT )?EXISTS )?((?:"[^"]+"\.)?"[^"]+")|^\s*ALTER TABLE ((?:"[^"]+"\.)?"[^"]+") (?:RENAME TO|SET SCHEMA)/gm;
  return [...sql.matchAll(pattern)].map(([, verb = 'DROP', name, renamed]) => [
    verb,
    (name ?? renamed!).replaceAll('"', ''),
  ]);
}

async function findPresent(sql: Sql, names: string[]): Promise<Set<string>> {
  const rows = await sql<{ name: string }[]>`
    select name from unnest(string_to_array(${names.join('\n')}, chr(10))) name
    where exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and name = case when n.nspname = 'public' and position('.' in name) = 0 then c.relname::text else n.nspname || '.' || c.relname end)`;
  return new Set(rows.map(({ name }) => name));
}

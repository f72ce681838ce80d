import { randomBytes } from 'node:crypto';
import { isSymbol, type Token } from './lexer.ts';
import { quoteIdentifier, quoteLiteral } from './quote.ts';
import { isWorthRetrying } from './retry.ts';
import type { Session } from './session.ts';
import { TokenReader } from './token-reader.ts';

/**
 * SQL for what makes up an index `i` (of pg_index), whatever it and its table are called: whether it is unique, and all
 * that pg_get_indexdef says behind the two names.
 */
export function definitionOf(i: string): string {
  const unique = `case when ${i}.indisunique then 'UNIQUE ' else '' end`;
  return `(select ${unique} || pg_catalog.substr(d.text, 1 + pg_catalog.length(pg_catalog.format('CREATE %sINDEX %I ON %I.%I',
      ${unique}, index_class.relname, table_schema.nspname, table_class.relname)))
    from pg_catalog.pg_get_indexdef(${i}.indexrelid) d (text), pg_catalog.pg_class index_class,
      pg_catalog.pg_class table_class join pg_catalog.pg_namespace table_schema on table_schema.oid = table_class.relnamespace
    where index_class.oid = ${i}.indexrelid and table_class.oid = ${i}.indrelid)`;
}

/**
 * The same of the index that a CREATE INDEX statement asks for. PostgreSQL says so itself: it makes the index on an
 * empty copy of the table, beside it in its schema, where the build needs the right to create too, and all is rolled
 * back. Undefined where that does not work, as with an index on a function of the table's row.
 */
export async function wantedDefinition(
  session: Session,
  statement: string,
  table: string,
): Promise<string | undefined> {
  const [row] = await session.run(`
    select n.nspname as schema from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.oid = pg_catalog.to_regclass(${quoteLiteral(table)})`);
  if (!row) return undefined;
  const name = `__copy_${randomBytes(8).toString('hex')}`;
  const copy = `${quoteIdentifier(String(row.schema))}.${name}`;
  try {
    await session.run(`begin; create table ${copy} (like ${table}); ${onTable(statement, copy, name)}`);
    const [index] = await session.run(
      `select ${definitionOf('i')} as definition from pg_catalog.pg_index i where i.indrelid = ${quoteLiteral(copy)}::pg_catalog.regclass`,
    );
    return index?.definition as string | undefined;
  } catch (error) {
    const isInterrupted = (error as { code?: string }).code === '57014';
    if (session.lost || isInterrupted || isWorthRetrying(error)) throw error;
    return undefined;
  } finally {
    if (!session.lost) await session.run('rollback');
  }
}

/** The statement without CONCURRENTLY and a name, on another table, also in columns written with its name. */
function onTable(statement: string, table: string, name: string): string {
  const tokens = new TokenReader(statement);
  const reader = tokens.after('INDEX');
  reader.accept('CONCURRENTLY');
  reader.accept('IF', 'NOT', 'EXISTS');
  if (reader.peekWord() !== 'ON') reader.name();
  reader.accept('ON');
  reader.accept('ONLY');
  const before = reader.rest();
  reader.name();
  const rest = reader.rest();
  const own = before.at(-rest.length - 1)!;
  let text = '';
  let from = rest[0]?.start ?? statement.length;
  for (const [at, token] of rest.entries()) {
    const isQualifier = isSymbol(rest[at + 1], '.') && !isSymbol(rest[at + 3], '(');
    if (!isQualifier || plainName(token) !== plainName(own)) continue;
    text += statement.slice(from, token.start) + name;
    from = token.end;
  }
  const unique = tokens.words(2)[1] === 'UNIQUE' ? 'unique ' : '';
  return `create ${unique}index on ${table} ${text}${statement.slice(from)}`;
}

function plainName({ kind, text }: Token): string {
  return kind === 'word' ? text.toLowerCase() : text;
}

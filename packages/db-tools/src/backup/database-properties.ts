import type { Sql, TransactionSql } from 'postgres';
import { LOCAL_MARK } from '../connection/mark.ts';
import { quoteIdentifier, quoteLiteral } from '../migrator/quote.ts';

/** What belongs to a database and not to what is in it, and is therefore in no dump. */
export interface DatabaseProperties {
  owner: string;
  /** For CREATE DATABASE: encoding, locale, tablespace. */
  creation: string;
  comment: string | null;
  connectionLimit: number;
  /** ALTER DATABASE … SET; with a role ALTER ROLE … IN DATABASE … SET. */
  settings: { role: string | null; name: string; value: string }[];
  /** Null for the defaults. */
  grants: { grantee: string | null; privilege: string; grantable: boolean }[] | null;
}

interface PropertiesRow {
  oid: string;
  owner: string;
  comment: string | null;
  connectionLimit: number;
  encoding: string;
  tablespace: string;
  defaultGrants: boolean;
  /** The whole row: which columns there are depends on the version. */
  all: Record<string, string | null>;
}

/** Undefined when there is no such database. */
export async function readProperties(sql: Sql | TransactionSql, name: string): Promise<DatabaseProperties | undefined> {
  const [row] = await sql<PropertiesRow[]>`
    select d.oid::text as oid, pg_get_userbyid(d.datdba) as owner, shobj_description(d.oid, 'pg_database') as comment,
      d.datconnlimit as "connectionLimit", pg_encoding_to_char(d.encoding) as encoding, t.spcname as tablespace,
      d.datacl is null as "defaultGrants", to_jsonb(d) as all
    from pg_database d join pg_tablespace t on t.oid = d.dattablespace where d.datname = ${name}`;
  if (!row) return undefined;
  const settings = await sql<{ role: string | null; setting: string }[]>`
    select r.rolname as role, setting from pg_db_role_setting s cross join unnest(s.setconfig) setting
    left join pg_roles r on r.oid = s.setrole where s.setdatabase = ${row.oid}::oid`;
  const grants = await sql<{ grantee: string | null; privilege: string; grantable: boolean }[]>`
    select r.rolname as grantee, a.privilege_type as privilege, a.is_grantable as grantable
    from pg_database d cross join aclexplode(d.datacl) a left join pg_roles r on r.oid = a.grantee
    where d.oid = ${row.oid}::oid`;
  return {
    owner: row.owner,
    comment: row.comment,
    connectionLimit: row.connectionLimit,
    creation: creationOf(row),
    settings: settings.map(({ role, setting }) => {
      const at = setting.indexOf('=');
      return { role, name: setting.slice(0, at), value: setting.slice(at + 1) };
    }),
    grants: row.defaultGrants ? null : [...grants],
  };
}

function creationOf({ encoding, tablespace, all }: PropertiesRow): string {
  const parts = [
    `encoding ${quoteLiteral(encoding)}`,
    `lc_collate ${quoteLiteral(all.datcollate!)}`,
    `lc_ctype ${quoteLiteral(all.datctype!)}`,
    `tablespace ${quoteIdentifier(tablespace)}`,
  ];
  // Called daticulocale before PostgreSQL 17.
  const locale = all.datlocale ?? all.daticulocale ?? '';
  if (all.datlocprovider === 'i') parts.push('locale_provider icu', `icu_locale ${quoteLiteral(locale)}`);
  if (all.datlocprovider === 'b') parts.push('locale_provider builtin', `builtin_locale ${quoteLiteral(locale)}`);
  if (all.daticurules) parts.push(`icu_rules ${quoteLiteral(all.daticurules)}`);
  return parts.join(' ');
}

/** Gives a database these properties, except for those it was created with. The restored one is not `unseeded`. */
export async function applyProperties(tx: TransactionSql, name: string, properties: DatabaseProperties): Promise<void> {
  const database = quoteIdentifier(name);
  await tx.unsafe(`alter database ${database} owner to ${quoteIdentifier(properties.owner)}`);
  const comment = properties.comment?.startsWith('db-tools:')
    ? properties.comment.startsWith(LOCAL_MARK)
      ? LOCAL_MARK
      : null
    : properties.comment;
  await tx.unsafe(`comment on database ${database} is ${comment === null ? 'null' : quoteLiteral(comment)}`);
  await tx.unsafe(`alter database ${database} connection limit ${properties.connectionLimit}`);
  for (const { role, name: parameter, value } of properties.settings) {
    const whose = role === null ? `database ${database}` : `role ${quoteIdentifier(role)} in database ${database}`;
    await tx.unsafe(await settingStatement(tx, whose, parameter, value));
  }
  if (!properties.grants) return;
  await tx.unsafe(`revoke all on database ${database} from public, ${quoteIdentifier(properties.owner)}`);
  for (const { grantee, privilege, grantable } of properties.grants) {
    const to = grantee === null ? 'public' : quoteIdentifier(grantee);
    await tx.unsafe(`grant ${privilege} on database ${database} to ${to}${grantable ? ' with grant option' : ''}`);
  }
}

/**
 * The value of a list is kept with its quotes in it, and would get others: taken from the session, it stays as it is.
 */
async function settingStatement(tx: TransactionSql, whose: string, parameter: string, value: string): Promise<string> {
  const name = parameter.split('.').map(quoteIdentifier).join('.');
  if (!['search_path', 'temp_tablespaces'].includes(parameter))
    return `alter ${whose} set ${name} to ${quoteLiteral(value)}`;
  await tx`select set_config(${parameter}, ${value}, true)`;
  return `alter ${whose} set ${name} from current`;
}

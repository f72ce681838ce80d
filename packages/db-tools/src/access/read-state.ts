import type { SqlClient } from '../migrator/index.ts';
import { quoteLiteral } from '../migrator/quote.ts';
import type { Access } from './declaration.ts';
import { listRoles, type RoleNames } from './role-names.ts';

/** What there is: roles, owners and rights, as far as they are ours to keep. */
export interface AccessState {
  /** e.g. 180004. */
  version: number;
  user: {
    name: string;
    superuser: boolean /** Whether it has the owner's rights. */;
    actsAsOwner: boolean;
    becomesOwner: boolean;
  };
  roles: RoleState[];
  database: ObjectState;
  objects: ObjectState[];
  /** Of what the owner creates from now on. */
  defaults: DefaultState[];
  /** Schemas that hold the functions and operators of an extension. */
  extensionSchemas: string[];
}

export interface RoleState {
  name: string;
  login: boolean;
  inherit: boolean;
  /** SUPERUSER, CREATEROLE, CREATEDB, REPLICATION or BYPASSRLS. */
  powers: string[];
  connections: number;
  /** `name=value`. */
  settings: string[];
  memberOf: string[];
}

export type ObjectKind = 'database' | 'schema' | 'table' | 'sequence' | 'routine' | 'type';

export interface ObjectState {
  kind: ObjectKind;
  /** '' for the database. */
  schema: string;
  /** Without schema and arguments. */
  name: string;
  /** As a statement names it. */
  sql: string;
  owner: string;
  /** Whether the connected role may change its rights. */
  isOurs: boolean;
  /** A sequence that follows its table to another owner. */
  isAttached?: boolean;
  /** Of a table. */
  columns?: string[];
  grants: Grant[];
}

export interface Grant {
  /** Empty for PUBLIC. */
  grantee: string;
  privilege: string;
  grantable: boolean;
  column?: string;
}

export interface DefaultState {
  /** Empty for all schemas. */
  schema: string;
  kind: 'table' | 'sequence' | 'routine' | 'type';
  grants: Grant[];
}

/**
 * The arguments of a function `p` as GRANT and ALTER ROUTINE read them: pg_get_function_identity_arguments writes the
 * ORDER BY of an aggregate, which they refuse. With IN, OUT arguments are not looked at; types are of that schema
 * whatever the search path of the session that runs the statement.
 */
const ARGUMENTS = `(
  select pg_catalog.string_agg('in ' || case n.nspname when 'pg_catalog' then pg_catalog.format_type(t.oid, null)
    else pg_catalog.format('%I.%I', n.nspname, t.typname) end, ', ' order by a.number)
  from pg_catalog.unnest(p.proargtypes) with ordinality a (type, number)
  join pg_catalog.pg_type t on t.oid = a.type join pg_catalog.pg_namespace n on n.oid = t.typnamespace)`;

/** The catalogs, in one query that writes nothing and needs no right beyond connecting. */
export async function readState(sql: SqlClient, scope: Scope): Promise<AccessState> {
  const [row] = (await sql.unsafe(stateQuery(scope))) as unknown as [{ state: AccessState }];
  return row.state;
}

export interface Scope {
  access: Access;
  names: RoleNames;
  /** Where the migrator keeps its history. */
  historySchema: string;
}

function stateQuery({ access, names, historySchema }: Scope): string {
  const list = (values: string[]) => values.map(quoteLiteral).join(', ');
  const contents = list([...Object.keys(access.domains), historySchema]);
  // A role that begins with the prefix and is declared no more has no rights either; any other role is somebody else's.
  const isManaged = `(a.grantee = 0 or pg_catalog.starts_with(pg_catalog.pg_get_userbyid(a.grantee)::text, ${quoteLiteral(`${names.prefix}_`)}))`;
  const explode = (acl: string, column = 'null') => `
    select pg_catalog.json_build_object('grantee', case a.grantee when 0 then '' else pg_catalog.pg_get_userbyid(a.grantee) end,
      'privilege', a.privilege_type, 'grantable', a.is_grantable, 'column', ${column}) as entry
    from pg_catalog.aclexplode(${acl}) a where ${isManaged}`;
  const grants = (acl: string) => `coalesce((select pg_catalog.json_agg(entry) from (${explode(acl)}) e), '[]')`;
  const belongsTo = (what: string, catalog: string, oid: string) =>
    `exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.${catalog}'::regclass and d.objid = ${oid} and d.deptype = '${what}')`;
  const isExtension = (catalog: string, oid: string) => belongsTo('e', catalog, oid);
  // The constructors of a range type stay with the superuser of initdb, whoever creates the type.
  const isConstructor = belongsTo('i', 'pg_proc', 'p.oid');

  return `
  with me as (select r.oid, r.rolname, r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user),
  owner as (select oid from pg_catalog.pg_roles where rolname = ${quoteLiteral(names.owner)}),
  schemas as (select * from pg_catalog.pg_namespace where nspname in (${contents})),
  objects as (
    select 'schema' as kind, nspname::text as schema, nspname::text as name, pg_catalog.quote_ident(nspname) as sql, nspowner as owner,
      false as attached, null::json as columns, ${grants(`coalesce(nspacl, pg_catalog.acldefault('n', nspowner))`)} as grants
    from pg_catalog.pg_namespace where nspname in (${contents}, 'public')
    union all
    select case c.relkind when 'S' then 'sequence' else 'table' end, n.nspname, c.relname,
      pg_catalog.format('%I.%I', n.nspname, c.relname), c.relowner,
      exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i') and c.relkind = 'S'),
      case when c.relkind <> 'S' then (select pg_catalog.json_agg(t.attname order by t.attnum) from pg_catalog.pg_attribute t
        where t.attrelid = c.oid and t.attnum > 0 and not t.attisdropped) end,
      coalesce((select pg_catalog.json_agg(entry) from (
        ${explode(`coalesce(c.relacl, pg_catalog.acldefault(case c.relkind when 'S' then 's'::"char" else 'r'::"char" end, c.relowner))`)}
        union all
        select e.entry from pg_catalog.pg_attribute t
          cross join lateral (${explode('t.attacl', 't.attname')}) e where t.attrelid = c.oid and t.attnum > 0 and t.attacl is not null
      ) e), '[]')
    from pg_catalog.pg_class c join schemas n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and not ${isExtension('pg_class', 'c.oid')}
    union all
    select 'routine', n.nspname, p.proname,
      pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, ${ARGUMENTS}), p.proowner, false, null,
      ${grants(`coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))`)}
    from pg_catalog.pg_proc p join schemas n on n.oid = p.pronamespace where not ${isExtension('pg_proc', 'p.oid')} and not ${isConstructor}
    union all
    select 'type', n.nspname, t.typname, pg_catalog.format('%I.%I', n.nspname, t.typname), t.typowner, false, null,
      ${grants(`coalesce(t.typacl, pg_catalog.acldefault('T', t.typowner))`)}
    from pg_catalog.pg_type t join schemas n on n.oid = t.typnamespace
    where (t.typtype in ('e', 'd', 'r') or t.typtype = 'c' and (select relkind from pg_catalog.pg_class where oid = t.typrelid) = 'c')
      and not ${isExtension('pg_type', 't.oid')}
    union all
    select 'database', '', datname, pg_catalog.quote_ident(datname), datdba, false, null,
      ${grants(`coalesce(datacl, pg_catalog.acldefault('d', datdba))`)}
    from pg_catalog.pg_database where datname = pg_catalog.current_database()
  ),
  described as (
    select kind, pg_catalog.json_build_object('kind', kind, 'schema', schema, 'name', name, 'sql', sql, 'owner', pg_catalog.pg_get_userbyid(owner),
      'isOurs', pg_catalog.pg_has_role(owner, 'USAGE'), 'isAttached', attached, 'columns', columns, 'grants', grants) as object
    from objects
    order by case kind when 'schema' then 1 when 'type' then 2 when 'table' then 3 when 'sequence' then 4 else 5 end, sql
  )
  select pg_catalog.json_build_object(
    'version', pg_catalog.current_setting('server_version_num')::int,
    'user', (select pg_catalog.json_build_object('name', rolname, 'superuser', rolsuper,
      'actsAsOwner', coalesce((select pg_catalog.pg_has_role(oid, 'USAGE') from owner), false),
      'becomesOwner', coalesce((select pg_catalog.pg_has_role(oid, case when pg_catalog.current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end) from owner), false)
      ) from me),
    'roles', coalesce((select pg_catalog.json_agg(pg_catalog.json_build_object('name', r.rolname, 'login', r.rolcanlogin, 'inherit', r.rolinherit,
        'powers', pg_catalog.array_remove(array[case when r.rolsuper then 'SUPERUSER' end, case when r.rolcreaterole then 'CREATEROLE' end,
          case when r.rolcreatedb then 'CREATEDB' end, case when r.rolreplication then 'REPLICATION' end, case when r.rolbypassrls then 'BYPASSRLS' end], null),
        'connections', r.rolconnlimit,
        'settings', coalesce((select pg_catalog.to_json(s.setconfig) from pg_catalog.pg_db_role_setting s where s.setrole = r.oid and s.setdatabase = 0), '[]'),
        'memberOf', coalesce((select pg_catalog.json_agg(distinct pg_catalog.pg_get_userbyid(m.roleid)) from pg_catalog.pg_auth_members m where m.member = r.oid), '[]')))
      from pg_catalog.pg_roles r where r.rolname in (${list(listRoles(names))})), '[]'),
    'database', (select object from described where kind = 'database'),
    'objects', coalesce((select pg_catalog.json_agg(object) from described where kind <> 'database'), '[]'),
    'defaults', coalesce((select pg_catalog.json_agg(pg_catalog.json_build_object('schema', coalesce(n.nspname, ''),
        'kind', case d.defaclobjtype when 'r' then 'table' when 'S' then 'sequence' when 'f' then 'routine' else 'type' end,
        'grants', ${grants('d.defaclacl')}))
      from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
      where d.defaclrole = (select oid from owner) and d.defaclobjtype in ('r', 'S', 'f', 'T')), '[]'),
    'extensionSchemas', coalesce((select pg_catalog.json_agg(distinct n.nspname) from pg_catalog.pg_extension e
      join pg_catalog.pg_namespace n on n.oid = e.extnamespace where n.nspname <> 'pg_catalog'), '[]')
  ) as state`;
}

/**
 * Pieces of catalog queries. All of them are read with an empty search_path, so that every name comes out qualified.
 */

/**
 * What people made: it has a number from 16384 on, which lets the server skip everything of its own, and is neither
 * temporary nor in TOAST.
 */
export function userMade(oid: string, namespace: string): string {
  return `${oid} >= 16384 and ${userSchema(namespace)}`;
}

export function userSchema(namespace: string): string {
  return `${namespace}.nspname <> 'information_schema' and ${namespace}.nspname !~ '^pg_'`;
}

export function qualified(namespace: string, name: string): string {
  return `(quote_ident(${namespace}.nspname) || '.' || quote_ident(${name}))`;
}

/** The columns `acl` and `acl_default`, null where the object has the rights that it was made with. */
export function aclColumns(acl: string, kind: string, owner: string): string {
  return `case when ${acl} is not null then ${explode(acl, owner)} end as acl,
    case when ${acl} is not null then ${explode(`acldefault(${kind}, ${owner})`, owner)} end as acl_default`;
}

/** The owner is not named: a scratch database belongs to somebody else. */
function explode(acl: string, owner: string): string {
  return `(select coalesce(json_agg(json_build_array(
      case a.grantee when 0 then 'PUBLIC' when ${owner} then 'OWNER' else quote_ident(pg_get_userbyid(a.grantee)) end,
      a.privilege_type, a.is_grantable)), '[]')
    from aclexplode(${acl}) a)`;
}

/** A text[] as sorted JSON, null when it is. */
export function sortedArray(column: string): string {
  return `case when ${column} is not null then (select json_agg(o order by o) from unnest(${column}) o) end`;
}

/** The name of a collation, unless it is the one that the type has anyway. */
export function collation(oid: string, typeOid: string): string {
  return `(select ${qualified('cn', 'co.collname')} from pg_collation co
    join pg_namespace cn on cn.oid = co.collnamespace join pg_type ct on ct.oid = ${typeOid}
    where co.oid = ${oid} and ct.typcollation <> ${oid})`;
}

/** -1 up to PostgreSQL 16, null since: the default. */
export function statisticsTarget(column: string): string {
  return `nullif(${column}, -1)`;
}

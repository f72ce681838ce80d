import type { Access, DomainAccess } from '@org/db-tools/access';
import type { PgTable } from 'drizzle-orm/pg-core';
import type * as schema from './schema/index.ts';

/**
 * Who owns what, and what others may read of it: what is not written here is refused by PostgreSQL. Each domain reads
 * and writes its own schema as the role `<prefix>_<domain>`; `db roles` makes the roles, `db migrate` the rights. It
 * imports only types, since every `db` command loads it.
 */
export const access = {
  domains: {
    identity: {},
    files: { executes: ['identity.authenticate'] },
    credits: { executes: ['identity.authenticate'] },
  },
  // Nobody but identity reads these. Whose a session is, the others learn from identity.authenticate().
  secrets: {
    'identity.sessions': 'all',
    'identity.users': ['password_hash'],
  },
} as const satisfies TypedAccess;

/** Access, with names that exist: a table or column that is gone or misspelt does not compile. */
interface TypedAccess extends Access {
  domains: Record<Domain, TypedDomain>;
  secrets: NamedColumns;
}

interface TypedDomain extends DomainAccess {
  reads?: NamedColumns;
  executes?: readonly `${Domain}.${string}`[];
}

type Tables = Extract<(typeof schema)[keyof typeof schema], PgTable>;
type Domain = NonNullable<Tables['_']['schema']>;
type NamedColumns = {
  readonly [Table in Tables as `${Table['_']['schema']}.${Table['_']['name']}`]?: 'all' | readonly ColumnOf<Table>[];
};
type ColumnOf<Table extends Tables> =
  Table['_']['columns'] extends Record<string, { _: { name: infer Name } }> ? Name : never;

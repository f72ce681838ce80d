import { DbError } from '../errors.ts';

/**
 * Who owns which PostgreSQL schema and who may read what beside its own. A domain's name is that of its schema, and
 * ends the name of its role. Everything that is not named here is refused.
 */
export interface Access {
  /** What role names begin with; the name of the database unless set. Roles belong to the whole server. */
  prefix?: string;
  domains: Readonly<Record<string, DomainAccess>>;
  /** What only its own domain may read, not even the read-only role: whole tables, or columns of one. */
  secrets?: Readonly<Record<string, Columns>>;
}

/** Of the role of one domain. It reads and writes every table of its own schema, and changes none. */
export interface DomainAccess {
  /** `schema.table` of other domains. Columns where not all are needed. */
  reads?: Readonly<Record<string, Columns>>;
  /** `schema.function` of other domains, which runs with the rights of the owner (SECURITY DEFINER). */
  executes?: readonly string[];
  limits?: Partial<Limits>;
}

export type Columns = 'all' | readonly string[];

/**
 * What a role's sessions have unless they ask for something else, in milliseconds, and how many of them there can be.
 */
export interface Limits {
  statementTimeout: number;
  lockTimeout: number;
  idleInTransactionTimeout: number;
  connections: number;
}

/** Throws a DbError `config_invalid` for a declaration that contradicts itself. */
export function checkAccess({ domains, secrets = {} }: Access): void {
  for (const [domain, { reads = {}, executes = [] }] of Object.entries(domains)) {
    if (RESERVED.includes(domain))
      throw refuse(`a domain cannot be called ${domain}, which is a role of every database`);
    for (const [table, columns] of Object.entries(reads)) {
      const schema = schemaOf(table, domain, domains);
      const secret = secrets[table];
      if (secret === undefined || schema === domain) continue;
      const taken = secret === 'all' || columns === 'all' ? [table] : columns.filter((name) => secret.includes(name));
      if (taken.length > 0)
        throw refuse(`${domain} reads ${taken.join(', ')} of ${table}, which is a secret of ${schema}`);
    }
    for (const routine of executes) schemaOf(routine, domain, domains);
  }
  for (const table of Object.keys(secrets)) schemaOf(table, 'secrets', domains);
}

const RESERVED = ['owner', 'migrator', 'readonly'];

/** The domain that `schema.table` is of. */
export function schemaOf(name: string, where: string, domains: Access['domains']): string {
  const schema = name.slice(0, name.indexOf('.'));
  if (Object.hasOwn(domains, schema)) return schema;
  throw refuse(`${where} names ${name}, which is in no domain (${Object.keys(domains).join(', ')})`);
}

function refuse(problem: string): DbError {
  return new DbError('config_invalid', `The declaration of access is wrong: ${problem}.`, {
    hint: 'Correct it where db.config.ts takes `access` from',
  });
}

import { randomBytes } from 'node:crypto';
import type { Sql } from 'postgres';
import { afterEach } from 'vitest';
import { type Access, createRoles, reconcileGrants } from '../../src/access/index.ts';
import { connectTo, createDatabase, type Database } from '../migrator/database.ts';

/** A database with a schema `sales`, whose roles begin with the prefix. */
export interface DatabaseWithRoles extends Database {
  /** One connection, for transactions. */
  session: Sql;
  prefix: string;
  declared: { access: Access; historySchema: string; prefix: string };
  /** Runs statements as the owner of everything. */
  asOwner(statements: string): Promise<void>;
  /** What `migrate` does about the rights: the statements that it ran, and what it could not correct. */
  reconcile(): Promise<{ statements: string[]; problems: string[] }>;
}

const used: { session: Sql; prefix: string }[] = [];

// Roles belong to the whole server. Hooks run last first: this one before the database goes.
afterEach(async () => {
  for (const { session, prefix } of used.splice(0)) {
    await session`rollback`;
    // A test that failed may have left a transaction open.
    await session`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    const roles = await session`select rolname as name from pg_roles where starts_with(rolname, ${`${prefix}_`})`;
    for (const { name } of roles) await session.unsafe(`drop owned by ${name} cascade`);
    for (const { name } of roles) await session.unsafe(`drop role ${name}`);
    await session.end({ timeout: 1 });
  }
});

/** The database and its roles go after the test. */
export async function createDatabaseWithRoles(): Promise<DatabaseWithRoles> {
  const database = await createDatabase();
  const session = connectTo(database.url, 1);
  const prefix = `a${randomBytes(4).toString('hex')}`;
  used.push({ session, prefix });
  const declared = { access: { domains: { sales: {} } }, historySchema: 'drizzle', prefix };
  await session.unsafe('create schema sales');
  await createRoles(session, { ...declared, exclusive: false });
  return {
    ...database,
    session,
    prefix,
    declared,
    async asOwner(statements) {
      await session.unsafe(`begin; set local role ${prefix}_owner; ${statements}; commit`);
    },
    async reconcile() {
      let done = { statements: [] as string[], problems: [] as string[] };
      await session.unsafe('begin');
      await reconcileGrants({ ...declared, onResult: (result) => (done = result) }).apply(session);
      await session.unsafe('commit');
      return done;
    },
  };
}

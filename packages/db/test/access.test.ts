import { asRole } from '@org/db-tools/access';
import { is } from 'drizzle-orm';
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { access } from '../src/access.ts';
import { type ConnectedDatabase, openDatabase } from '../src/connection.ts';
import { authenticate, findServerError } from '../src/index.ts';
import { assertMigrated } from '../src/migrate.ts';
import { identitySchema } from '../src/schema/identity/index.ts';
import * as schema from '../src/schema/index.ts';
import {
  createFile,
  createSession,
  createTestDatabase,
  createUser,
  creditBalance,
  type TestDatabase,
} from '../src/testing/index.ts';

const domains = Object.keys(access.domains) as (keyof typeof access.domains)[];

let test: TestDatabase;
let readonly: ConnectedDatabase;
let userId: string;

beforeAll(async () => {
  test = await createTestDatabase();
  readonly = openDatabase(asRole(test.url, 'app_test_readonly'), { max: 1 });
});

afterAll(async () => {
  await readonly.$client.end();
  await test.close();
});

beforeEach(async (context) => {
  context.skip(test.urlAs('files') === test.url, 'The user of TEST_DATABASE_URL may create no roles.');
  userId = (await createUser(test.db)).id;
  await createFile(test.db, { userId });
  await creditBalance(test.db, { userId, amount: 10 });
});

/** The SQLSTATE that a statement of the role is refused with; undefined when it is not. Nothing of it stays. */
async function refusal(role: ConnectedDatabase, statement: string): Promise<string | undefined> {
  try {
    await role.$client.begin(async (sql) => {
      await sql.unsafe('set transaction read write');
      await sql.unsafe(statement);
      throw new Done();
    });
  } catch (error) {
    if (!(error instanceof Done)) return findServerError(error)?.sqlState ?? String(error);
  }
  return undefined;
}

class Done extends Error {}

const roleOf = (name: string) => (name === 'readonly' ? readonly : test.as(name as keyof typeof access.domains));

/** A table of each domain with rows of users, to be somebody else's. */
const tables = Object.fromEntries(domains.map((domain) => [domain, findTable(domain)]));

function findTable(domain: string): string {
  const tables = Object.values<unknown>(schema).filter((value) => is(value, PgTable));
  const owned = tables.map(getTableConfig).filter(({ columns }) => columns.some(({ name }) => name === 'user_id'));
  const names = owned.filter((table) => table.schema === domain).map(({ name }) => `${domain}.${name}`);
  return names.find((name) => !Object.hasOwn(access.secrets, name))!;
}

describe.each([...domains, 'readonly'])('the role of %s', (name) => {
  const own = name === 'readonly' ? 'files' : (name as keyof typeof access.domains);
  const others = domains.filter((domain) => domain !== name);

  it.each([
    `create table ${own}.mine (id int)`,
    'create table public.mine (id int)',
    'create temporary table mine (id int)',
    'create schema mine',
    `create function ${own}.mine() returns int language sql return 1`,
    `create view ${own}.mine as select 1`,
    `drop table ${tables[own]}`,
    `drop schema ${own} cascade`,
    `truncate ${tables[own]}`,
    `alter table ${tables[own]} add column mine int`,
    `alter table ${tables[own]} disable row level security`,
    `alter table ${tables[own]} disable trigger all`,
    `create index on ${tables[own]} (created_at)`,
    `comment on table ${tables[own]} is 'mine'`,
    `create extension pg_trgm schema ${own}`,
    "copy (select 1) to program 'true'",
    "select pg_read_file('postgresql.conf')",
    'set role app_test_owner',
    'set session authorization postgres',
    'create role mine',
    `alter role current_user superuser`,
    `insert into drizzle.__drizzle_migrations (hash, created_at) values ('mine', 1)`,
    'delete from drizzle.__drizzle_migrations',
  ])('may not: %s', async (statement) => {
    expect(await refusal(roleOf(name), statement)).toBe('42501');
  });

  it.each(others.map((domain) => tables[domain]))('may not change %s', async (table) => {
    for (const statement of [
      `insert into ${table} (user_id) values ('${userId}')`,
      `update ${table} set user_id = user_id`,
      `delete from ${table}`,
      `select from ${table} for update`,
      `lock table ${table} in row exclusive mode`,
    ]) {
      expect([statement, await refusal(roleOf(name), statement)]).toEqual([statement, '42501']);
    }
  });

  it('is told whether the migrations are applied', async () => {
    await expect(assertMigrated(roleOf(name))).resolves.toBeUndefined();
  });
});

describe('a service', () => {
  it.each(domains)('%s reads and writes every table of its own', async (domain) => {
    const rows = await test.db.$client.unsafe<{ name: string }>(
      `select oid::regclass::text as name from pg_class where relnamespace = '${domain}'::regnamespace and relkind = 'r'`,
    );
    expect(rows.length).toBeGreaterThan(1);
    for (const { name } of rows) {
      for (const statement of [
        `select from ${name} for update`,
        `insert into ${name} select * from ${name} where false`,
        `delete from ${name}`,
      ]) {
        expect([statement, await refusal(test.as(domain), statement)]).toEqual([statement, undefined]);
      }
    }
  });

  it.each(domains)('%s learns whose token it is by the function only', async (domain) => {
    const { token, session } = await createSession(test.db, { userId });
    const { createHash } = await import('node:crypto');
    const tokenHash = createHash('sha256').update(token).digest();
    expect(await authenticate(test.as(domain), tokenHash)).toMatchObject({ userId, sessionId: session.id });
    const read = await refusal(test.as(domain), 'select from identity.sessions');
    expect(read).toBe(domain === 'identity' ? undefined : '42501');
  });

  it.each(domains.filter((domain) => domain !== 'identity'))(
    '%s fails at a query that access.ts does not declare, whatever it is written with',
    async (domain) => {
      const error = await test
        .as(domain)
        .query.users.findMany()
        .then(
          () => undefined,
          (reason: unknown) => findServerError(reason),
        );
      expect(error).toMatchObject({ sqlState: '42501' });
    },
  );

  it.each(domains)('%s has its limits from its role', async (domain) => {
    const [row] = await test.db.$client.unsafe<{ settings: string }>(
      `select setconfig::text as settings from pg_db_role_setting where setrole = 'app_test_${domain}'::regrole`,
    );
    expect(row!.settings).toMatch(
      /statement_timeout=\d+ms.*lock_timeout=\d+ms.*idle_in_transaction_session_timeout=\d+ms/,
    );
  });
});

describe('the read-only role', () => {
  it('reads what is nobody’s secret', async () => {
    expect(await refusal(readonly, 'select * from files.files')).toBeUndefined();
    expect(await refusal(readonly, 'select * from credits.balances')).toBeUndefined();
    expect(await refusal(readonly, 'select id, email, name from identity.users')).toBeUndefined();
  });

  it.each([
    'select from identity.sessions',
    'select password_hash from identity.users',
    'select * from identity.users',
    "select * from identity.authenticate('')",
  ])('may not: %s', async (statement) => {
    expect(await refusal(readonly, statement)).toBe('42501');
  });

  it('writes nothing, even where it might', async () => {
    const error = await readonly.$client
      .unsafe('delete from files.files')
      .catch((reason: unknown) => findServerError(reason));
    expect(error).toMatchObject({ sqlState: '25006' });
    const [row] = await readonly.$client<{ mode: string }>`select current_setting('transaction_read_only') as mode`;
    expect(row!.mode).toBe('on');
  });
});

describe('every object', () => {
  const ours = `(${[...domains, 'drizzle'].map((name) => `'${name}'::regnamespace`).join(', ')})`;

  it('belongs to the owner', async () => {
    const foreign = await test.db.$client.unsafe(`
      select 'schema ' || nspname as object from pg_namespace where oid in ${ours} and pg_get_userbyid(nspowner) <> 'app_test_owner'
      union all select oid::regclass::text from pg_class where relnamespace in ${ours} and pg_get_userbyid(relowner) <> 'app_test_owner'
      union all select oid::regprocedure::text from pg_proc where pronamespace in ${ours} and pg_get_userbyid(proowner) <> 'app_test_owner'
      union all select oid::regtype::text from pg_type where typnamespace in ${ours} and pg_get_userbyid(typowner) <> 'app_test_owner'`);
    expect(foreign).toEqual([]);
  });

  it('gives PUBLIC nothing, nor does the database or the schema public', async () => {
    const open = await test.db.$client.unsafe(`
      with acls as (
        select 'database' as object, coalesce(datacl, acldefault('d', datdba)) as acl from pg_database where datname = current_database()
        union all select nspname, coalesce(nspacl, acldefault('n', nspowner)) from pg_namespace where oid in ${ours} or nspname = 'public'
        union all select oid::regclass::text, coalesce(relacl, acldefault('r', relowner)) from pg_class where relnamespace in ${ours}
        union all select attrelid::regclass || '.' || attname, attacl from pg_attribute where attacl is not null and attrelid >= 16384
        union all select oid::regprocedure::text, coalesce(proacl, acldefault('f', proowner)) from pg_proc where pronamespace in ${ours}
        union all select oid::regtype::text, coalesce(typacl, acldefault('T', typowner)) from pg_type where typnamespace in ${ours} and typtype = 'e'
      )
      select object, privilege_type from acls, aclexplode(acl) where grantee = 0`);
    expect(open).toEqual([]);
  });

  it('that runs with its owner’s rights has a fixed search_path', async () => {
    const functions = await test.db.$client.unsafe<{ name: string; settings: string | null }>(
      `select proname as name, proconfig::text as settings from pg_proc where prosecdef and pronamespace in ${ours}`,
    );
    expect(functions.map(({ name }) => name)).toContain('authenticate');
    for (const { settings } of functions) expect(settings).toMatch(/search_path=/);
  });
});

describe('access.ts', () => {
  it('declares the owner of every PostgreSQL schema', () => {
    const schemas = Object.values(schema).filter((value) => value instanceof identitySchema.constructor);
    expect(schemas.map((value) => (value as typeof identitySchema).schemaName).sort()).toEqual([...domains].sort());
  });

  it('names functions that there are', async () => {
    const declared = domains.flatMap((domain) =>
      'executes' in access.domains[domain] ? access.domains[domain].executes : [],
    );
    for (const name of declared) {
      const found = await test.db.$client<{ found: string | null }>`select to_regproc(${name})::text as found`;
      expect(found).toEqual([{ found: name }]);
    }
  });
});

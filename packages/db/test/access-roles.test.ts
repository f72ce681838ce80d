import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Access, asRole, createRoles, planAccess, reconcileGrants } from '@org/db-tools/access';
import { connect } from '@org/db-tools/connect';
import type { ClonedDatabase } from '@org/db-tools/testing';
import { parseDatabaseUrl } from '@org/db-tools/url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { access } from '../src/access.ts';
import { migrate, migrationsDirectory } from '../src/migrate.ts';
import { createEmptyDatabase } from './empty-database.ts';

type Sql = Awaited<ReturnType<typeof connect>>;

const { user: superuser, may } = await (async () => {
  const server = await connect(process.env.TEST_DATABASE_URL!);
  const [row] = await server<[{ user: string; may: boolean }]>`
    select rolname::text as user, rolsuper as may from pg_roles where rolname = current_user`;
  await server.end();
  return row;
})();
const suite = describe.skipIf(!may);

let database: ClonedDatabase;
/** A superuser's. */
let sql: Sql;
let prefix: string;
const opened: Sql[] = [];
const folders: string[] = [];

beforeEach(async () => {
  database = await createEmptyDatabase();
  sql = await connect(database.url);
  prefix = `r${randomBytes(4).toString('hex')}`;
});

// Roles are the whole server's, which other tests use too.
afterEach(async () => {
  for (const each of opened.splice(0)) await each.end({ timeout: 1 });
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  const roles = await sql<
    { name: string }[]
  >`select rolname as name from pg_roles where starts_with(rolname, ${prefix})`;
  await sql.unsafe(`alter database ${parseDatabaseUrl(database.url).database} owner to current_user`);
  for (const { name } of roles)
    await sql.unsafe(`reassign owned by ${name} to current_user; drop owned by ${name} cascade`);
  for (const { name } of roles) await sql.unsafe(`drop role ${name}`);
  await sql.end({ timeout: 1 });
  await database.drop();
});

const LOGINS = ['migrator', ...Object.keys(access.domains), 'readonly'];
const options = () => ({ access: access as Access, historySchema: 'drizzle', prefix });

async function openAs(role: string): Promise<Sql> {
  const connection = await connect(asRole(database.url, `${prefix}_${role}`));
  opened.push(connection);
  return connection;
}

const refused = (work: PromiseLike<unknown>) => expect(Promise.resolve(work)).rejects.toMatchObject({ code: '42501' });

suite('db roles', () => {
  it('creates the roles once, and runs nothing the second time', async () => {
    expect((await createRoles(sql, options())).newLogins).toEqual(LOGINS.map((role) => `${prefix}_${role}`));
    expect((await createRoles(sql, options())).statements).toEqual([]);
  });

  it('is safe for several at once', async () => {
    const others = await Promise.all(Array.from({ length: 4 }, () => connect(database.url)));
    opened.push(...others);
    await Promise.all(others.map((other) => createRoles(other, options())));
    expect((await planAccess(sql, options())).statements).toEqual([]);
  });

  it('gives what is there to the owner, with rows and rights', async () => {
    await migrate({ url: database.url });
    expect(await ownersOf()).toEqual([superuser]);
    await createRoles(sql, options());
    expect(await ownersOf()).toEqual([`${prefix}_owner`]);
    expect((await planAccess(sql, options())).statements).toEqual([]);
    const files = await openAs('files');
    await files`select from files.files`;
    await refused(files`select from identity.users`);
  });

  it('printed as SQL and run by a superuser makes the same', async () => {
    await migrate({ url: database.url });
    const { statements } = await planAccess(sql, options());
    await sql.unsafe(`begin; ${statements.join('; ')}; commit`);
    expect((await createRoles(sql, options())).statements).toEqual([]);
  });

  it('prints no password, and sends none to the server that it could log', async () => {
    const passwordOf = () => 's3cret-päss';
    const { statements } = await planAccess(sql, { ...options(), passwordOf });
    expect(statements.join()).not.toContain('s3cret');
    await createRoles(sql, { ...options(), passwordOf });
    const [row] = await sql`select rolpassword as verifier from pg_authid where rolname = ${`${prefix}_files`}`;
    expect(row!.verifier).toMatch(/^SCRAM-SHA-256\$4096:[^$]+\$[^:]+:[^:]+$/);
  });

  it('takes back what makes a role more than it is declared to be', async () => {
    await createRoles(sql, options());
    await sql.unsafe(`alter role ${prefix}_files superuser createrole connection limit -1`);
    await sql.unsafe(`grant ${prefix}_owner, pg_read_all_data to ${prefix}_files`);
    await sql.unsafe(`alter role ${prefix}_files set statement_timeout = 0`);
    expect((await createRoles(sql, options())).statements).toEqual([
      `alter role "${prefix}_files" connection limit 50 nosuperuser nocreaterole`,
      `alter role "${prefix}_files" set statement_timeout = '10000ms'`,
      expect.stringMatching('revoke "pg_read_all_data"|revoke "r'),
      expect.stringMatching('revoke "pg_read_all_data"|revoke "r'),
    ]);
  });

  it('works for an administrator who is no superuser, who keeps access through the owner', async () => {
    const url = await asAdministrator();
    const admin = await connect(url);
    opened.push(admin);
    await migrate({ url });
    await createRoles(admin, options());
    expect(await ownersOf()).toEqual([`${prefix}_owner`]);
    expect((await createRoles(admin, options())).statements).toEqual([]);
    await admin`create table files.made_by_hand (id int)`;
    expect((await migrate({ url })).applied).toEqual([]);
    await admin`select from files.files`;
  });

  it('is refused to who may not, and changes nothing then', async () => {
    const url = await asAdministrator('nocreaterole');
    const nobody = await connect(url);
    opened.push(nobody);
    await refused(createRoles(nobody, options()));
    expect((await planAccess(nobody, options())).newLogins).toHaveLength(LOGINS.length);
  });
});

suite('db migrate', () => {
  it('as the migrator, as an administrator or as a superuser makes objects of the owner', async () => {
    await createRoles(sql, options());
    await migrate({ url: asRole(database.url, `${prefix}_migrator`), directory: withMigrations(0) });
    await migrate({ url: database.url });
    expect(await ownersOf()).toEqual([`${prefix}_owner`]);
    expect((await planAccess(sql, options())).statements).toEqual([]);
  });

  it('writes nothing when nothing differs', async () => {
    await createRoles(sql, options());
    await migrate({ url: database.url });
    const before = await catalogRows();
    await migrate({ url: database.url });
    await createRoles(sql, options());
    expect(await catalogRows()).toEqual(before);
  });

  it('takes back what was granted by hand, also with the right to pass it on, and leaves other roles alone', async () => {
    await createRoles(sql, options());
    await migrate({ url: database.url });
    await sql.unsafe(`create role ${prefix.replace('r', 'x')}`);
    try {
      const other = prefix.replace('r', 'x');
      await sql.unsafe(`
        grant all on identity.sessions to ${prefix}_files with grant option;
        grant select (password_hash) on identity.users to ${prefix}_credits, ${prefix}_readonly;
        grant select on files.files to ${prefix}_files with grant option;
        grant usage on schema credits to ${prefix}_files;
        grant select, insert on all tables in schema credits to public;
        grant execute on function identity.authenticate to public;
        grant create on schema files to ${prefix}_files;
        grant create on schema public to public;
        grant connect, temporary on database ${parseDatabaseUrl(database.url).database} to public;
        alter default privileges for role ${prefix}_owner in schema credits grant select on tables to ${prefix}_files;
        revoke insert on files.tags from ${prefix}_files;
        grant select on files.files to ${other}`);
      await migrate({ url: asRole(database.url, `${prefix}_migrator`) });
      expect((await planAccess(sql, options())).statements).toEqual([]);
      const files = await openAs('files');
      await refused(files`select from identity.sessions`);
      await refused(files`create table files.mine ()`);
      expect(
        await sql`select has_table_privilege(${`${prefix}_files`}, 'files.files', 'select with grant option') as may`,
      ).toEqual([{ may: false }]);
      await files`insert into files.tags select * from files.tags`;
      await refused((await openAs('readonly'))`select password_hash from identity.users`);
      expect(await sql`select has_table_privilege(${other}, 'files.files', 'select') as may`).toEqual([{ may: true }]);
    } finally {
      await sql.unsafe(`drop owned by ${prefix.replace('r', 'x')}; drop role ${prefix.replace('r', 'x')}`);
    }
  });

  it('takes everything from a role that is declared no more', async () => {
    await createRoles(sql, options());
    await sql.unsafe(`create role ${prefix}_billing login`);
    await migrate({ url: database.url });
    await sql.unsafe(
      `grant usage on schema files to ${prefix}_billing; grant select on files.files to ${prefix}_billing`,
    );
    await migrate({ url: database.url });
    await refused((await connectLater(`${prefix}_billing`))`select from files.files`);
  });

  it('waits for a session that is at the same rights, and goes on from what that left', async () => {
    await createRoles(sql, options());
    await migrate({ url: database.url });
    await sql.unsafe(`grant select on files.tags to ${prefix}_credits`);
    const done = await sql.begin(async (tx) => {
      await tx.unsafe(`grant insert on files.tags to ${prefix}_credits`);
      const run = migrate({ url: database.url });
      await vi.waitUntil(async () => {
        const waiting = await tx`select from pg_locks where not granted and locktype = 'transactionid'`;
        return waiting.length > 0;
      });
      return { run };
    });
    await done.run;
    expect((await planAccess(sql, options())).statements).toEqual([]);
  });

  it('gives a table of a later migration to its service at once, and to readers in the same run', async () => {
    await createRoles(sql, options());
    await migrate({ url: database.url });
    const files = await openAs('files');
    const migrator = await openAs('migrator');
    await migrator`create table files.later (id uuid primary key)`;
    await migrator`create function files.answer() returns int language sql return 42`;
    await migrator`create function identity.answer() returns int language sql return 42`;
    await files`insert into files.later values (uuidv7())`;
    expect(await files`select files.answer()`).toEqual([{ answer: 42 }]);
    const readonly = await openAs('readonly');
    await refused(readonly`select from files.later`);
    // It may look into identity, for one function.
    await refused((await openAs('credits'))`select identity.answer()`);
    await migrate({ url: database.url });
    await readonly`select from files.later`;
    await refused((await openAs('credits'))`select from files.later`);
  });

  it('names what belongs to somebody else, and the roles that are missing', async () => {
    await createRoles(sql, options());
    await migrate({ url: database.url });
    await sql.unsafe(
      `create table files.foreign_table (id int); drop owned by ${prefix}_credits; drop role ${prefix}_credits`,
    );
    const warnings: string[] = [];
    await migrate({ url: database.url, onEvent: (event) => event.type === 'notice' && warnings.push(event.message) });
    expect(warnings).toEqual([
      `The role ${prefix}_credits does not exist.`,
      `The table files.foreign_table belongs to ${superuser}, not to ${prefix}_owner.`,
    ]);
  });

  it('does as ever where there are no roles', async () => {
    await migrate({ url: database.url });
    expect((await migrate({ url: database.url })).applied).toEqual([]);
    expect(await ownersOf()).toEqual([superuser]);
    expect(await sql`select from pg_class where relnamespace = 'files'::regnamespace and relacl is not null`).toEqual(
      [],
    );
  });
});

suite('a declaration', () => {
  it('lets a domain read what it names, by columns too, and no more', async () => {
    const declared: Access = {
      ...access,
      domains: {
        ...access.domains,
        credits: { reads: { 'identity.users': ['id', 'name'], 'files.tags': 'all' } },
      },
    };
    await createRoles(sql, { ...options(), access: declared });
    const url = asRole(database.url, `${prefix}_migrator`);
    await migrate({ url });
    const hook = reconcileGrants({ ...options(), access: declared });
    await sql.begin((tx) => hook.apply(tx));
    expect(await hook.isNeeded(sql)).toBe(false);
    const credits = await openAs('credits');
    await credits`select id, name from identity.users`;
    await credits`select * from files.tags`;
    await refused(credits`select email from identity.users`);
    await refused(credits`select * from identity.users`);
    await refused(credits`delete from files.tags`);
    await refused(credits`select from files.files`);
    await refused(credits`select identity.authenticate('')`);
    await migrate({ url });
    await refused(credits`select id, name from identity.users`);
  });

  it.each([
    [
      { domains: { a: {}, b: { reads: { 'a.t': ['s'] } } }, secrets: { 'a.t': ['s'] } },
      'b reads s of a.t, which is a secret of a',
    ],
    [{ domains: { a: {}, b: { reads: { 'a.t': 'all' } } }, secrets: { 'a.t': ['s'] } }, 'b reads a.t of a.t'],
    [{ domains: { a: { reads: { 'c.t': 'all' } } } }, 'a names c.t, which is in no domain (a)'],
    [{ domains: { owner: {} } }, 'a domain cannot be called owner'],
  ] satisfies [Access, string][])('that contradicts itself is refused: %j', async (declared, message) => {
    const work = planAccess(sql, { ...options(), access: declared as Access });
    await expect(work).rejects.toMatchObject({ code: 'config_invalid', message: expect.stringContaining(message) });
  });
});

/** Whom our schemas and what is in them belong to. */
async function ownersOf(): Promise<string[]> {
  const ours = [...Object.keys(access.domains), 'drizzle'].join();
  const rows = await sql<{ owner: string }[]>`
    with schemas as (select oid, nspowner from pg_namespace where nspname = any(string_to_array(${ours}, ',')))
    select distinct pg_get_userbyid(owner)::text as owner from (
      select nspowner as owner from schemas
      union all select relowner from pg_class join schemas s on relnamespace = s.oid
      union all select proowner from pg_proc join schemas s on pronamespace = s.oid
      union all select typowner from pg_type join schemas s on typnamespace = s.oid
    ) owners order by 1`;
  return rows.map(({ owner }) => owner);
}

/** Where the rows are that a GRANT would write anew. */
async function catalogRows(): Promise<string[]> {
  const rows = await sql<{ row: string }[]>`
    select 'class ' || oid || ctid || xmin as row from pg_class where oid >= 16384
    union all select 'schema ' || oid || ctid || xmin from pg_namespace where oid >= 2200
    union all select 'function ' || oid || ctid || xmin from pg_proc where oid >= 16384
    union all select 'type ' || oid || ctid || xmin from pg_type where oid >= 16384
    union all select 'column ' || attrelid || attnum || ctid || xmin from pg_attribute where attrelid >= 16384
    union all select 'default ' || oid || ctid || xmin from pg_default_acl
    union all select 'database ' || oid || ctid || xmin from pg_database where datname = current_database()
    union all select 'role ' || oid || ctid || xmin from pg_authid where starts_with(rolname, ${prefix})
    order by 1`;
  return rows.map(({ row }) => row);
}

/** A role of a managed server: it owns the database and may create roles, and is no superuser. */
async function asAdministrator(createRole = 'createrole'): Promise<string> {
  const role = `${prefix}_administrator`.replace('_', '');
  await sql.unsafe(`create role ${role} login createdb ${createRole}`);
  await sql.unsafe(`alter database ${parseDatabaseUrl(database.url).database} owner to ${role}`);
  return asRole(database.url, role);
}

async function connectLater(role: string): Promise<Sql> {
  await sql.unsafe(`grant connect on database ${parseDatabaseUrl(database.url).database} to ${role}`);
  const connection = await connect(asRole(database.url, role));
  opened.push(connection);
  return connection;
}

/** Our migrations up to a number. */
function withMigrations(last: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations '));
  folders.push(folder);
  cpSync(migrationsDirectory(), folder, { recursive: true });
  const journal = join(folder, 'meta', '_journal.json');
  const { entries, ...rest } = JSON.parse(readFileSync(journal, 'utf8'));
  writeFileSync(journal, JSON.stringify({ ...rest, entries: entries.slice(0, last + 1) }));
  for (const { tag } of entries.slice(last + 1)) rmSync(join(folder, `${tag}.sql`));
  return folder;
}

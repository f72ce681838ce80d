import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { describe, type TestContext, test } from 'vitest';
import { createProject, type Project, type Run } from '../cli/project.ts';
import { findClient18 } from './client-18.ts';

const client = await findClient18();
const env = { PG_BIN: client ?? '', TEST_DATABASE_URL: process.env.TEST_DATABASE_URL! };

interface Fixture {
  project: Project;
  name: string;
  /** Runs a verb with --json and the client programs. */
  db: (...args: string[]) => Promise<Run>;
  file: (path: string) => string;
  countries: () => Promise<object[]>;
}

/** Each test has a project and a database of its own, so that they run beside each other. */
async function prepare({ onTestFinished }: TestContext): Promise<Fixture> {
  const project = createProject();
  onTestFinished(() => project.remove());
  const db = (...args: string[]) => project.db([...args, '--json'], { env });
  await db('prepare');
  return {
    project,
    name: project.url.split('/').at(-1)!,
    db,
    file: (path) => join(project.directory, path),
    countries: () => project.query('select * from countries order by code'),
  };
}

describe.skipIf(!client).concurrent('with the client programs of PostgreSQL 18', { timeout: 120_000 }, () => {
  test('a backup says what is in it, verifies, and restores over what came later; what was there is kept', async (context) => {
    const { expect } = context;
    const { project, name, db, file, countries } = await prepare(context);
    await project.query(`alter database ${name} set statement_timeout = '7s'`);
    await project.query(`alter database ${name} set search_path to "$user", public, sales`);
    await project.query(`comment on table countries is 'with umläuts'`);
    const before = await countries();

    const { json } = await db('backup', 'first.dump');
    expect(json).toMatchObject({ ok: true, tables: 5, migrations: { head: '0000_init', count: 1 }, removed: [] });
    const manifest = JSON.parse(readFileSync(file('first.dump.json'), 'utf8'));
    expect(manifest).toMatchObject({
      database: name,
      server: { major: 18 },
      tool: { major: 18 },
      format: 'custom',
      tables: { 'public.countries': { rows: 2, hash: expect.stringMatching(/^-?\d+$/) }, 'sales.orders': { rows: 2 } },
      fingerprint: json.fingerprint,
    });
    expect(statSync(file('first.dump')).mode & 0o777).toBe(0o600);
    expect((await db('backup', 'verify', 'first.dump')).json).toMatchObject({
      ok: true,
      tables: 5,
      fingerprint: json.fingerprint,
    });

    await project.query(`delete from sales.orders`);
    await project.query(`update countries set name = 'changed'`);
    const restored = await db('restore', 'first.dump', '--yes', '--jobs', '3');
    expect(restored.json).toMatchObject({ ok: true, kept: expect.stringContaining('_before_restore_') });
    expect(await countries()).toEqual(before);
    // Settings and the local mark are the database's own.
    expect((await db('status', '--exit-code')).exit).toBe(0);
    const [settings] = await project.query(`
      select current_setting('statement_timeout') as timeout, current_setting('search_path') as path,
        shobj_description(oid, 'pg_database') as comment from pg_database where datname = current_database()`);
    expect(settings).toEqual({ timeout: '7s', path: '"$user", public, sales', comment: 'db-tools:local' });
    const [{ kept }] = (await project.query(
      `select datname as kept from pg_database where datname like '${name}_before%'`,
    )) as [{ kept: string }];
    expect(kept).toBe(restored.json.kept);
    await project.query(`drop database ${kept}`);
  });

  test('a plain SQL backup verifies and restores into a database that is not there yet', async (context) => {
    const { expect } = context;
    const { db, file, countries } = await prepare(context);
    const before = await countries();
    expect((await db('backup', '--sql', 'plain.sql')).json).toMatchObject({ ok: true });
    expect(readFileSync(file('plain.sql'), 'utf8')).toContain('COPY public.countries');
    expect((await db('backup', 'verify', 'plain.sql')).exit).toBe(0);
    await db('drop', '--yes');
    expect((await db('restore', 'plain.sql', '--jobs', '2')).json.error.code).toBe('one_job');
    expect((await db('restore', 'plain.sql')).json).toMatchObject({ ok: true, kept: null });
    expect(await countries()).toEqual(before);
  });

  test('restore replaces a database with data only when it is confirmed, or spelled out where it is not local', async (context) => {
    const { expect } = context;
    const { project, name, db, countries } = await prepare(context);
    await db('backup', 'a.dump');
    await project.query(`insert into countries values ('xx', 'Later')`);
    expect((await db('restore', 'a.dump')).json.error).toMatchObject({
      code: 'confirmation_missing',
      hint: 'pnpm db restore a.dump --yes',
    });
    await project.query(`comment on database ${name} is null`);
    const refused = await db('restore', 'a.dump', '--yes');
    expect(refused.exit).toBe(5);
    expect(refused.json.error.hint).toContain(`--target 127.0.0.1/${name}`);
    expect(await countries()).toHaveLength(3);
    const restored = await db('restore', 'a.dump', '--target', `127.0.0.1/${name}`, '--drop-old');
    expect(restored.json).toMatchObject({ ok: true, kept: null });
    expect(await countries()).toHaveLength(2);
  });

  test('what is damaged, cut off or of a newer pg_dump is refused by name, the target untouched', async (context) => {
    const { expect } = context;
    const { project, name, db, file, countries } = await prepare(context);
    await db('backup', 'good.dump');
    const [dump, manifest] = [readFileSync(file('good.dump')), readFileSync(file('good.dump.json'), 'utf8')];
    const flipped = Buffer.from(dump);
    flipped[Math.floor(dump.length / 2)]! ^= 4;
    const cases: [string, Buffer, string | undefined, string[], string][] = [
      ['flipped', flipped, manifest, [], 'dump_damaged'],
      ['cut', dump.subarray(0, 3000), undefined, ['--without-manifest'], 'dump_damaged'],
      [
        'future',
        Buffer.concat([Buffer.from('PGDMP\x01\x63'), dump.subarray(7)]),
        undefined,
        ['--without-manifest'],
        'client_tools_too_old',
      ],
    ];
    for (const [path, content, beside, flags, code] of cases) {
      writeFileSync(file(path), content);
      if (beside) writeFileSync(file(`${path}.json`), beside);
      const { exit, json } = await db('restore', path, '--yes', ...flags);
      expect([path, exit, json.error?.code]).toEqual([path, 1, code]);
      expect([path, await countries()]).toEqual([
        path,
        [
          { code: 'be', name: 'Belgium' },
          { code: 'jp', name: 'Japan' },
        ],
      ]);
    }
    expect((await db('backup', 'verify', 'flipped')).json.error.code).toBe('dump_damaged');
    expect(await project.query(`select datname from pg_database where datname like '_restore_${name}%'`)).toEqual([]);
  });

  test('verify tells a backup that holds something else than was counted', async (context) => {
    const { expect } = context;
    const { project, db, file, countries } = await prepare(context);
    await db('backup', 'a.dump');
    const { json } = await db('backup', '--no-fingerprint', 'b.dump');
    expect(json.fingerprint).toBe(null);
    // The manifest of another state beside the dump of this one, with size and checksum to match.
    await project.query(`update countries set name = 'Nippon' where code = 'jp'`);
    await project.query(`insert into countries values ('xx', 'Later')`);
    await db('backup', 'c.dump');
    const { formatManifest, parseManifest } = await import('../../src/backup/manifest.ts');
    const [a, c] = ['a', 'c'].map((each) => parseManifest(readFileSync(file(`${each}.dump.json`), 'utf8'))!);
    writeFileSync(file('a.dump.json'), formatManifest({ ...c!, file: a!.file }));
    const { exit, json: verified } = await db('backup', 'verify', 'a.dump');
    expect([exit, verified.error.code]).toEqual([3, 'backup_differs']);
    expect(verified.differences).toEqual(['public.countries has 2 rows instead of 3']);
    expect((await db('restore', 'a.dump', '--yes')).exit).toBe(3);
    expect(await countries()).toHaveLength(3);
  });

  test('backups without a name are pruned, and nothing else in the folder is', async (context) => {
    const { expect } = context;
    const { db, file } = await prepare(context);
    const first = (await db('backup')).json;
    writeFileSync(file('.local/backups/notes.dump'), 'mine');
    truncateSync(`${first.file}.json`, 10);
    const second = (await db('backup')).json;
    const third = (await db('backup', '--no-prune')).json;
    const fourth = (await db('backup', '--keep-daily', '1', '--keep-weekly', '0')).json;
    expect([second.removed, third.removed]).toEqual([[], []]);
    expect(fourth.removed.sort()).toEqual([second.file, third.file].sort());
    expect(existsSync(first.file) && existsSync(file('.local/backups/notes.dump'))).toBe(true);
    expect(readdirSync(file('.local/backups')).filter((each) => each.startsWith('.'))).toEqual([]);
    expect((await db('backup', fourth.file)).json.error.code).toBe('file_exists');
  });

  test('migrate --backup backs up before what can lose data, and only then', async (context) => {
    const { expect } = context;
    const { project, db } = await prepare(context);
    project.write('migrations/0001_add.sql', 'alter table countries add column note text;');
    project.write('migrations/0002_drop.sql', 'alter table countries drop column note;');
    const journal = JSON.parse(project.read('migrations/meta/_journal.json'));
    const entry = (idx: number, tag: string) => ({
      ...journal.entries[0],
      idx,
      when: journal.entries[0].when + idx,
      tag,
    });
    journal.entries.push(entry(1, '0001_add'), entry(2, '0002_drop'));
    project.write('migrations/meta/_journal.json', JSON.stringify(journal));
    expect((await db('migrate', '--backup', '--to', '0001_add')).json.backup).toBe(undefined);
    const { json } = await db('migrate', '--backup');
    expect(existsSync(json.backup)).toBe(true);
    expect(JSON.parse(readFileSync(`${json.backup}.json`, 'utf8')).migrations).toEqual({ head: '0001_add', count: 2 });
    expect((await db('migrate', '--backup=always')).json.backup).toBe(undefined);
    expect((await db('migrate', '--backup', 'sometimes')).json.error.code).toBe('usage');
  });

  test('objects of every kind, and values of many types, are equal once restored', async (context) => {
    const { expect } = context;
    const { project, db } = await prepare(context);
    await project.query(EVERYTHING);
    const backup = await db('backup', 'a.dump');
    expect(backup.json).toMatchObject({ ok: true });
    const verified = await db('backup', 'verify', 'a.dump');
    expect(verified.json).toMatchObject({ ok: true, fingerprint: backup.json.fingerprint });
    await project.query('alter index "Odd"."by text" rename to other');
    const changed = await db('backup', 'b.dump');
    expect(changed.json.fingerprint).not.toBe(backup.json.fingerprint);
  });

  test('owner, grants and policies of a database come back, and those of the database itself stay', async (context) => {
    const { expect } = context;
    const { project, name, db } = await prepare(context);
    const [owner, reader] = [`${name}_owner`, `${name}_reader`];
    await project.query(`
      create role ${owner}; create role ${reader};
      grant connect on database ${name} to ${reader}; revoke temporary on database ${name} from public;
      grant create on database ${name} to ${owner};
      alter table countries owner to ${owner}; alter table sales.orders owner to ${owner};
      alter table drizzle.__drizzle_migrations owner to ${owner};
      alter table drizzle.__drizzle_migrations_files owner to ${owner};
      alter table drizzle.__drizzle_migrations_steps owner to ${owner};
      grant select (code) on countries to ${reader};
      alter table sales.orders enable row level security;
      create policy mine on sales.orders for select to ${reader} using (true)`);
    const rights = () =>
      project.query(`
      select c.relname, pg_get_userbyid(c.relowner) as owner, a.attacl::text, p.polroles::regrole[]::text as policy,
        (select array(select unnest(datacl)::text order by 1)::text from pg_database where datname = current_database()) as database
      from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum = 1 left join pg_policy p on p.polrelid = c.oid
      where c.relname in ('countries', 'orders') order by 1`);
    const before = await rights();
    await db('backup', 'a.dump');
    const { json } = await db('restore', 'a.dump', '--yes', '--drop-old');
    expect(json).toMatchObject({ ok: true, privileges: true });
    expect(await rights()).toEqual(before);
    expect((await db('backup', 'verify', 'a.dump')).exit).toBe(0);
    await db('drop', '--yes');
    const sql = postgres(process.env.TEST_DATABASE_URL!, { max: 1 });
    await sql.unsafe(`drop role ${reader}`);
    expect((await db('restore', 'a.dump')).json.error).toMatchObject({
      code: 'roles_missing',
      hint: `Create them first: CREATE ROLE "${reader}" NOLOGIN`,
    });
    await sql.unsafe(`drop role ${owner}`);
    await sql.end();
  });

  test('a copy under another name gets the declared rights too', async (context) => {
    const { expect } = context;
    const { project, name, db } = await prepare(context);
    project.edit('db.config.ts', "database: 'shop',", "database: 'shop', access: { domains: { sales: {} } },");
    await db('reset', '--yes');
    await db('backup', 'a.dump');
    const copy = `${name}_copy`;
    const { exit, stderr } = await db('restore', 'a.dump', '--url', project.url.replace(name, copy));
    expect([exit, stderr]).toEqual([0, expect.not.stringContaining('warning')]);
    const [rights] =
      await project.query(`select has_database_privilege('${name}_sales', '${copy}', 'connect') as connects,
      has_database_privilege('public', '${copy}', 'connect') as anybody`);
    expect(rights).toEqual({ connects: true, anybody: false });
    const roles = await project.query(`select rolname from pg_roles where starts_with(rolname, '${name}_')`);
    await project.query(`drop database ${copy}`);
    await project.query(`alter database ${name} owner to current_user`);
    for (const { rolname } of roles)
      await project.query(`reassign owned by ${rolname} to current_user; drop owned by ${rolname}`);
    for (const { rolname } of roles) await project.query(`drop role ${rolname}`);
  });

  test('a role that may not create databases restores into an empty one, and replaces nothing', async (context) => {
    const { expect } = context;
    const { project, name, db } = await prepare(context);
    const role = `${name}_plain`;
    const sql = postgres(process.env.TEST_DATABASE_URL!, { max: 1 });
    await sql.unsafe(`create role ${role} login`);
    await sql.unsafe(`create database ${role} owner ${role}`);
    const url = project.url.replace('postgres@', `${role}@`).replace(new RegExp(`${name}$`), role);
    await db('backup', 'a.dump');
    expect((await db('restore', 'a.dump', '--url', url, '--jobs', '2')).json.error.code).toBe('one_job');
    expect((await db('restore', 'a.dump', '--url', url)).json).toMatchObject({ ok: true, kept: null });
    const again = await db('restore', 'a.dump', '--url', url, '--target', `127.0.0.1/${role}`);
    expect(again.json.error).toMatchObject({
      code: 'may_not_replace',
      hint: expect.stringContaining(`ALTER ROLE "${role}" CREATEDB`),
    });
    expect((await db('backup', 'again.dump', '--url', url)).json.rows).toBeGreaterThan(4);
    await sql.unsafe(`drop database ${role}`);
    await sql.unsafe(`drop role ${role}`);
    await sql.end();
  });
});

test('a missing client is one sentence with the package to install, and nothing is written', async (context) => {
  const { expect } = context;
  const { project } = await prepare(context);
  const { exit, json } = await project.db(['backup', 'x.dump', '--json', '--pg-bin', project.directory]);
  expect(exit).toBe(1);
  expect(json.error.code).toBe('client_tools_missing');
  expect(json.error.message).toMatch(/runs? ?on PostgreSQL 18|is on PostgreSQL 18/);
  expect(json.error.hint).toMatch(/postgresql-client-18|brew install libpq/);
  expect(readdirSync(project.directory)).not.toContain('x.dump');
});

const EVERYTHING = `
  create schema "Odd"; create extension citext;
  create type "Odd".mood as enum ('sad', 'it''s fine'); create domain "Odd".positive as int check (value > 0);
  create type "Odd".pair as (a int, b text);
  create table "Odd"."t.x" (
    id int generated always as identity primary key, gone int, x varchar(10) check (x in ('a', 'b')), y numeric(20, 5),
    doubled numeric generated always as (y * 2) stored, moods "Odd".mood[], p "Odd".positive, pair "Odd".pair, f float8,
    at timestamptz, during tstzrange, bits bytea, doc jsonb, j json, iv interval, name citext unique, ip inet, cash money,
    "strange ""name" text collate "C" default 'é', exclude using gist (during with &&), constraint later check (f > -1) not valid);
  alter table "Odd"."t.x" drop column gone;
  create index "by text" on "Odd"."t.x" (lower(x), y desc) include (f) where f > 0;
  insert into "Odd"."t.x" (x, y, moods, p, pair, f, at, during, bits, doc, j, iv, name, ip, cash) values
    ('a', 1.10000, '{sad,"it''s fine"}', 5, row(1, 'a,"b'), 0.1::float8 + 0.2, now(), tstzrange(now(), null), '\\x00ff', '{"b": 1, "a": [null]}',
     '{"b":  1}', '1 mon -3 days 04:05:06.7', 'Name', '10.0.0.1/8', 12.34), (null, 'NaN', null, null, null, 'Infinity', '-infinity', null, '', '0', null, null, null, null, null);
  create table parted (id int, at date, primary key (id, at)) partition by range (at);
  create table parted_1 partition of parted for values from ('2025-01-01') to ('2026-01-01');
  create table parted_rest partition of parted default;
  insert into parted select n, '2024-12-30'::date + n from generate_series(1, 10) n; create index on parted (at);
  create table base (id int); create table child (note text) inherits (base); insert into base values (1); insert into child values (2, 'x');
  create table nothing (); insert into nothing default values;
  create view seen as select x, y from "Odd"."t.x" where x like 'a%'; create materialized view kept as select count(*) from base;
  create sequence counter start 7; select nextval('counter');
  create function twice(int) returns int language sql immutable as 'select $1 * 2';
  create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
  create trigger touched before update on base for each row execute function touch(); alter table base disable trigger touched;
  create rule quiet as on delete to child do instead nothing;
  alter table base enable row level security; create policy all_of_it on base using (true);
  create unlogged table fast as select 1 as one; comment on table fast is 'soon gone';
  create statistics stats on id, x from "Odd"."t.x"; create table refs (id int references "Odd"."t.x" (id) deferrable initially deferred);
  select lo_from_bytea(0, 'large');`;

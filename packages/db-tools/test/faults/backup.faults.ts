import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { withDatabase } from '../../src/connection/url.ts';
import { findClient18 } from '../backup/client-18.ts';
import { createProject, type Project } from '../cli/project.ts';
import { waitUntil } from '../wait-until.ts';
import { hasPostgres15, startPostgres15 } from './debian-postgres.ts';

const BIN_15 = '/usr/lib/postgresql/15/bin';
const CLI = path.join(import.meta.dirname, '../../src/cli.ts');
const client = await findClient18();
const server = process.env.TEST_DATABASE_URL!;
const env = { PG_BIN: client ?? '', TEST_DATABASE_URL: server };

let project: Project;
beforeEach(async () => {
  project = createProject();
  await project.db(['prepare']);
});
afterEach(async () => {
  const sql = postgres(server, { max: 1, onnotice: () => {} });
  const leftovers =
    await sql`select datname as name from pg_database where datname like ${`${nameOf(project)}_before%`}`;
  for (const { name } of leftovers) await sql`drop database ${sql(name)} with (force)`;
  await sql.end();
  await project.remove();
});

const db = (...args: string[]) => project.db([...args, '--json'], { env });
const file = (name: string) => path.join(project.directory, name);
const nameOf = ({ url }: Project) => url.split('/').at(-1)!;

/** Some hundred megabytes take long enough to be interrupted. */
const fill = (rows: number) =>
  project.query(
    `create table big as select n as id, repeat(md5(n::text), 10) as text from generate_series(1, ${rows}) n`,
  );

/** A verb that is interrupted once the condition holds. */
async function interrupt(args: string[], signal: NodeJS.Signals, when: () => unknown): Promise<number | null> {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: project.directory,
    env: { PATH: process.env.PATH, DATABASE_URL: project.url, ...env },
    stdio: 'ignore',
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await waitUntil(`the moment to interrupt db ${args[0]}`, when);
  child.kill(signal);
  return ended;
}

const partials = () => readdirSync(project.directory).filter((name) => name.endsWith('.partial'));

describe.skipIf(!client)('backups under faults (need: scripts/install-test-packages)', () => {
  test('a backup taken while many write is one moment of all tables, verifies and restores to an equal fingerprint', async () => {
    await project.query(`
      create table accounts (id int primary key, balance bigint not null);
      create table transfers (id bigint generated always as identity primary key, source int, target int, amount int);
      insert into accounts select n, 1000 from generate_series(1, 1000) n`);
    await fill(200_000);
    const writers = postgres(project.url, { max: 8, onnotice: () => {} });
    let [stop, written] = [false, 0];
    const writing = Array.from({ length: 8 }, async () => {
      while (!stop) {
        const [source, target, amount] = [1, 1, 0].map(() => 1 + Math.floor(Math.random() * 1000)) as [
          number,
          number,
          number,
        ];
        await writers
          .begin(async (tx) => {
            await tx`update accounts set balance = balance - ${amount} where id = ${source}`;
            await tx`insert into transfers (source, target, amount) values (${source}, ${target}, ${amount})`;
            await tx`update accounts set balance = balance + ${amount} where id = ${target}`;
          })
          // Two that cross each other deadlock, and one of them is undone.
          .catch((error) => expect(error.code).toBe('40P01'));
        written++;
      }
    });
    await waitUntil('the writers write', () => written > 100);
    const backup = await db('backup', 'load.dump');
    const during = written;
    const second = await db('backup', 'later.dump');
    stop = true;
    await Promise.all(writing);
    await writers.end();
    expect([backup.exit, second.exit]).toEqual([0, 0]);
    expect(during).toBeGreaterThan(200);
    expect(backup.json.fingerprint).not.toBe(second.json.fingerprint);

    const verified = await db('backup', 'verify', 'load.dump');
    expect(verified.json).toMatchObject({ ok: true, fingerprint: backup.json.fingerprint, rows: backup.json.rows });
    expect((await db('restore', 'load.dump', '--yes')).exit).toBe(0);
    const again = await db('backup', 'again.dump');
    expect(again.json.fingerprint).toBe(backup.json.fingerprint);
    const [sums] = await project.query(`
      select sum(balance)::int as total, bool_and(balance = 1000 + coalesce(moved, 0)) as fits from accounts left join (
        select id, sum(amount) as moved from (
          select source as id, -amount as amount from transfers union all select target, amount from transfers) m group by id
      ) m using (id)`);
    expect(sums).toEqual({ total: 1_000_000, fits: true });
  });

  test.for(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
    'a backup ended by %s leaves no file that looks like one',
    async (signal) => {
      await fill(600_000);
      await interrupt(['backup', 'x.dump'], signal, () => partials().length > 0);
      expect(existsSync(file('x.dump'))).toBe(false);
      if (signal !== 'SIGKILL') expect(partials()).toEqual([]);
      expect((await db('backup', 'x.dump')).exit).toBe(0);
      // What the killed one left goes with the next.
      expect(partials()).toEqual([]);
    },
  );

  test.for(['SIGKILL', 'SIGINT'] as const)(
    'a restore ended by %s half-way leaves the target as it was',
    async (signal) => {
      await fill(600_000);
      await db('backup', 'x.dump');
      await project.query('drop table big');
      const drafts = async () =>
        (await project.query(`select datname from pg_database where datname = '_restore_${nameOf(project)}'`)).length;
      const before = await project.query('select * from countries order by 1');
      await interrupt(['restore', 'x.dump', '--yes'], signal, drafts);
      expect(await project.query('select * from countries order by 1')).toEqual(before);
      expect(await project.query(`select to_regclass('big') as big`)).toEqual([{ big: null }]);
      if (signal !== 'SIGKILL') expect(await drafts()).toBe(0);
      expect((await db('restore', 'x.dump', '--yes')).json).toMatchObject({ ok: true });
      expect(await project.query(`select count(*)::int as n from big`)).toEqual([{ n: 600_000 }]);
      expect(await drafts()).toBe(0);
    },
  );

  test('a restore while services hold and renew their connections ends them, and they go on in what was restored', async () => {
    await db('backup', 'x.dump');
    await project.query(`insert into countries values ('xx', 'Later')`);
    const pool = postgres(project.url, { max: 10, onnotice: () => {} });
    let stop = false;
    const busy = Array.from({ length: 10 }, async () => {
      while (!stop) await pool`select count(*) from countries`.catch(() => {});
    });
    const { json } = await db('restore', 'x.dump', '--yes');
    expect(json).toMatchObject({ ok: true });
    await waitUntil('they see what was restored', async () => {
      const [row] = await pool`select count(*)::int as n from countries`.catch(() => []);
      return row?.n === 2;
    });
    stop = true;
    await Promise.all(busy);
    await pool.end();
  });

  test('verify without TEST_DATABASE_URL restores on an embedded server', async () => {
    await db('backup', 'x.dump');
    const { exit, json } = await project.db(['backup', 'verify', 'x.dump', '--json'], { env: { PG_BIN: client! } });
    expect([exit, json.ok]).toEqual([0, true]);
  });

  describe.skipIf(!mayMount())('on a full disk (needs the right to mount)', () => {
    let small: string;
    beforeEach(() => {
      small = mkdtempSync(path.join(tmpdir(), 'full disk '));
    });
    afterEach(() => {
      spawnSync('umount', [small]);
      rmSync(small, { recursive: true, force: true });
    });

    test('a backup fails by name and leaves no file', async () => {
      mount(small, '1m');
      await project.query('create table noise as select gen_random_uuid() as id from generate_series(1, 200000)');
      const { exit, json } = await db('backup', path.join(small, 'x.dump'));
      expect([exit, json.error.code]).toEqual([1, 'disk_full']);
      expect(readdirSync(small)).toEqual([]);
    });

    test('a restore fails by name, with the target as it was', async () => {
      mount(small, '60m');
      // The server runs as another user when this one is root.
      const { uid, gid } = await serverUser();
      chmodSync(small, 0o755);
      mkdirSync(path.join(small, 'space'), { mode: 0o700 });
      chownSync(path.join(small, 'space'), uid, gid);
      await fill(600_000);
      await db('backup', 'x.dump');
      await project.query('drop table big');
      const sql = postgres(server, { max: 1, onnotice: () => {} });
      const space = `space_${nameOf(project)}`;
      try {
        await sql.unsafe(`create tablespace ${space} location '${path.join(small, 'space')}'`);
        await project.query('select 1');
        await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${nameOf(project)}`;
        await sql.unsafe(`alter database ${nameOf(project)} set tablespace ${space}`);
        const { exit, json } = await db('restore', 'x.dump', '--yes');
        expect([exit, json.error.code]).toEqual([1, 'disk_full']);
        const probe = postgres(project.url, { max: 1 });
        expect(await probe`select count(*)::int as n from countries`).toEqual([{ n: 2 }]);
        await probe.end();
        expect(await sql`select from pg_database where datname = ${`_restore_${nameOf(project)}`}`).toEqual([]);
      } finally {
        await sql.unsafe(`drop database if exists ${nameOf(project)} with (force)`);
        await sql.unsafe(`drop tablespace if exists ${space}`);
        await sql.end();
      }
    });
  });

  describe.skipIf(!hasPostgres15())('with PostgreSQL 15 (needs: apt-get install postgresql-15)', () => {
    test('backup, verify and restore work with the client of that version, and no other', async () => {
      const postgres15 = startPostgres15();
      onTestFinished(() => postgres15.stop());
      const url = withDatabase(postgres15.url, nameOf(project));
      const on15 = (args: string[], variables: Record<string, string> = {}) =>
        project.db([...args, '--json'], { url, env: { PG_BIN: BIN_15, ...variables } });
      await on15(['create']);
      const sql = postgres(url, { max: 1, idle_timeout: 1 });
      await sql`create table t as select n, random() as x, now() as at from generate_series(1, 1000) n`;
      expect((await on15(['backup', '15.dump'])).json).toMatchObject({ ok: true, rows: 1000, migrations: null });
      const scratch = { TEST_DATABASE_URL: withDatabase(url, 'postgres') };
      expect((await on15(['backup', 'verify', '15.dump'], scratch)).json).toMatchObject({ ok: true, rows: 1000 });
      await sql`truncate t`;
      expect((await on15(['restore', '15.dump', '--yes'])).json).toMatchObject({ ok: true });
      expect(await waitUntil('rows', () => sql`select count(*)::int as n from t`.catch(() => undefined))).toEqual([
        { n: 1000 },
      ]);
      await sql.end();

      const newer = await on15(['backup', 'new.dump'], { PG_BIN: client! });
      expect([newer.exit, newer.json.error.code]).toEqual([1, 'client_tools_too_new']);
      const older = await project.db(['backup', 'old.dump', '--json'], { env: { PG_BIN: BIN_15 } });
      expect([older.exit, older.json.error.code]).toEqual([1, 'client_tools_too_old']);
      const elsewhere = await on15(['backup', 'verify', '15.dump'], { TEST_DATABASE_URL: server });
      expect([elsewhere.exit, elsewhere.json.error.code]).toEqual([2, 'scratch_version']);

      await db('backup', '18.dump');
      const refused = await on15(['restore', '18.dump', '--yes'], { PG_BIN: client! });
      expect([refused.exit, refused.json.error.code]).toEqual([1, 'dump_newer_than_server']);
      // To a newer server it goes: this is how a major version is left behind.
      await db('drop', '--yes');
      expect((await db('restore', '15.dump')).json).toMatchObject({ ok: true });
    });
  });
});

function mayMount(): boolean {
  const folder = mkdtempSync(path.join(tmpdir(), 'mount-'));
  const mounted = process.platform === 'linux' && spawnSync('mount', ['-t', 'tmpfs', 'none', folder]).status === 0;
  if (mounted) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
  return mounted;
}

function mount(folder: string, size: string): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'none', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`mount failed: ${stderr}`);
}

async function serverUser(): Promise<{ uid: number; gid: number }> {
  const sql = postgres(server, { max: 1 });
  const [{ pid }] = (await sql`select pg_backend_pid() as pid`) as unknown as [{ pid: number }];
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  await sql.end();
  const id = (name: string) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))![1]);
  return { uid: id('Uid'), gid: id('Gid') };
}

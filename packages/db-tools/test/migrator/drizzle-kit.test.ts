import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type MigrateEvent, migrate, status } from '../../src/migrator/index.ts';
import { waitUntil } from '../wait-until.ts';
import { createDatabase, historyOf } from './database.ts';
import { createProject, type Project } from './project.ts';

const PACKAGE = path.join(import.meta.dirname, '../..');

describe('stock drizzle-kit migrate', () => {
  test('finds nothing to do after us, and we after it', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    const project = createProject({
      '0000_a': 'create table a (id int);--> statement-breakpoint\ninsert into a values (1);',
    });

    await migrate({ url, directory: project.directory });
    await drizzleKit(project, url);
    project.add('0001_b', 'insert into a values (2)');
    await drizzleKit(project, url);
    expect(await status({ url, directory: project.directory })).toMatchObject({ ok: true, pending: 0 });
    expect(await migrate({ url, directory: project.directory })).toEqual({ applied: [], alreadyApplied: 2 });
    project.add('0002_c', 'insert into a values (3)');
    expect(await migrate({ url, directory: project.directory })).toMatchObject({ applied: [{ tag: '0002_c' }] });
    await drizzleKit(project, url);

    expect(await sql`select id from a order by id`).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }]);
    expect(await historyOf(database)).toHaveLength(3);
  });

  test('on a database that it has made gets our index, so that its own racing runs apply a file once', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    const project = createProject({ '0000_a': 'create table a (id int)' });
    await drizzleKit(project, url);
    await migrate({ url, directory: project.directory });
    project.add('0001_b', 'insert into a values (1);--> statement-breakpoint\nselect pg_sleep(1)');

    const ends = await Promise.allSettled([drizzleKit(project, url), drizzleKit(project, url)]);

    expect(ends.map(({ status }) => status)).toContain('fulfilled');
    expect(await sql`select id from a`).toHaveLength(1);
    expect(await historyOf(database)).toHaveLength(2);
  });

  // Our lock cannot stop it; the history row that we insert first, and the unique index, can.
  test('racing us applies no file a second time', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    const project = createProject({ '0000_a': 'create table a (id int)' });
    await migrate({ url, directory: project.directory });
    project.add('0001_b', 'select pg_sleep(2);--> statement-breakpoint\ninsert into a values (1)');

    const stock = drizzleKit(project, url).then(
      () => 'applied',
      () => 'failed',
    );
    await waitUntil(
      'drizzle-kit is in its transaction',
      async () =>
        (await sql`select from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`).length >
        0,
    );
    const events: MigrateEvent[] = [];
    const ours = await migrate({ url, directory: project.directory, onEvent: (event) => events.push(event) });

    const theirs = await stock;
    expect([theirs, ours.applied.length]).toEqual(theirs === 'applied' ? ['applied', 0] : ['failed', 1]);
    expect(await sql`select id from a`).toHaveLength(1);
    expect(await historyOf(database)).toHaveLength(2);
    expect(await status({ url, directory: project.directory })).toMatchObject({ ok: true, pending: 0 });
  });

  test('that commits while we are at the same file makes us skip it', async () => {
    const database = await createDatabase();
    const { url, sql } = database;
    const project = createProject({ '0000_a': 'create table a (id int)' });
    await migrate({ url, directory: project.directory });
    project.add('0001_b', 'insert into a values (1)');
    const [row] = await sql`select * from drizzle.__drizzle_migrations`;
    expect(row).toBeDefined();
    // What drizzle does, held open before its COMMIT.
    const stock = await sql.reserve();
    const { hash, when } = await lastEntry(project);
    await stock.unsafe(
      `begin; insert into a values (1); insert into drizzle.__drizzle_migrations (hash, created_at) values ('${hash}', ${when})`,
    );
    const events: MigrateEvent[] = [];
    const ours = migrate({ url, directory: project.directory, onEvent: (event) => events.push(event) });
    await waitUntil(
      'we wait for its row',
      async () =>
        (await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)
          .length > 0,
    );
    await stock.unsafe('commit');
    stock.release();

    expect(await ours).toEqual({ applied: [], alreadyApplied: 1 });
    expect(events).toContainEqual({ type: 'file-skipped', tag: '0001_b', reason: 'applied-by-another-runner' });
    expect(await sql`select id from a`).toHaveLength(1);
  });
});

async function lastEntry({ directory }: Project): Promise<{ hash: string; when: number }> {
  const { readMigrations } = await import('../../src/migrator/read-files.ts');
  return readMigrations(directory).at(-1)!;
}

/** drizzle-kit as it comes: its own process, its own connection, no lock. Fails when it does. */
async function drizzleKit(project: Project, url: string): Promise<void> {
  const config = path.join(project.directory, 'drizzle.config.json');
  writeFileSync(config, JSON.stringify({ dialect: 'postgresql', out: project.directory, dbCredentials: { url } }));
  try {
    // It looks for drizzle-orm and the driver from where it stands.
    symlinkSync(path.join(PACKAGE, 'node_modules'), path.join(project.directory, 'node_modules'));
  } catch {}
  const bin = path.join(PACKAGE, 'node_modules/drizzle-kit/bin.cjs');
  await promisify(execFile)(process.execPath, [bin, 'migrate', `--config=${config}`], { cwd: project.directory });
}

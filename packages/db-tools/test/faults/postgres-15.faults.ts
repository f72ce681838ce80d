import { spawnSync } from 'node:child_process';
import path from 'node:path';
import postgres from 'postgres';
import { afterEach, describe, expect, test } from 'vitest';
import { migrate, status } from '../../src/migrator/index.ts';
import { createProject } from '../migrator/project.ts';
import { hasPostgres15, type Server, startPostgres15 } from './debian-postgres.ts';

const ROOT = path.join(import.meta.dirname, '../../../..');

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

describe.skipIf(!hasPostgres15())('on PostgreSQL 15 (needs: apt-get install postgresql-15)', () => {
  test("the migrator's ordinary tests pass", () => {
    const server = startPostgres15();
    servers.push(server);
    const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--project', 'db-tools', 'packages/db-tools/test/migrator/'];
    const env = { ...process.env, TEST_DATABASE_URL: server.url };
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8', env });
    expect(status, `${stdout}${stderr}`).toBe(0);
  });

  test('a replica is refused with exit 5; status works there', async () => {
    const primary = startPostgres15();
    servers.push(primary);
    const { directory } = createProject({ '0000_a': 'create table a ()' });
    await migrate({ url: primary.url, directory });
    const replica = primary.startReplica();
    servers.unshift(replica);

    await expect(migrate({ url: replica.url, directory })).rejects.toMatchObject({ code: 'replica', exit: 5 });
    expect(await status({ url: replica.url, directory })).toMatchObject({ ok: true, pending: 0 });
  });

  test('a server that starts only now is waited for', async () => {
    const port = 30_500 + (process.pid % 1000);
    const { directory } = createProject({ '0000_a': 'create table a ()' });
    const migration = migrate({ url: `postgres://postgres@127.0.0.1:${port}/postgres`, directory, connectTimeout: 30 });
    migration.catch(() => {});
    const server = startPostgres15(port);
    servers.push(server);

    expect(await migration).toMatchObject({ applied: [{ tag: '0000_a' }] });
    const sql = postgres(server.url, { max: 1 });
    expect(await sql`select to_regclass('a')::text as a`).toMatchObject([{ a: 'a' }]);
    await sql.end();
  });
});

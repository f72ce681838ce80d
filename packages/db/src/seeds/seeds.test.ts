import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eq, type SQL, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import config from '../../db.config.ts';
import { describeRows } from '../../test/describe-rows.ts';
import { outsideTransaction } from '../client/outer-handle.ts';
import { verifyPassword } from '../index.ts';
import { files, folders, packages, users } from '../schema/index.ts';
import { createTestDatabase, createUser, type TestDatabase } from '../testing/index.ts';

const seed = async (name: 'reference' | 'dev', url: string) => config.seeds![name]!.run(url);

describe('the seed reference', () => {
  let test: TestDatabase;

  beforeEach(async () => {
    test = await createTestDatabase();
  });

  afterEach(() => test.close());

  it('writes each package once', async () => {
    const written = await seed('reference', test.url);
    expect(written).toEqual({ 'credits.packages': await test.db.$count(packages) });
    expect(written['credits.packages']).toBeGreaterThan(4);
    expect(await seed('reference', test.url)).toEqual({ 'credits.packages': 0 });
  });

  it('brings a package to what the seed says, under the same id', async () => {
    await seed('reference', test.url);
    const where = eq(packages.code, 'pro');
    const before = await test.db.query.packages.findFirst({ where });
    await test.db.update(packages).set({ credits: 1, isActive: false }).where(where);
    expect(await seed('reference', test.url)).toEqual({ 'credits.packages': 1 });
    expect(await test.db.query.packages.findFirst({ where })).toEqual({ ...before, updatedAt: expect.any(Date) });
  });

  it('may run in many places at once', async () => {
    const written = await Promise.all(Array.from({ length: 6 }, () => seed('reference', test.url)));
    expect(written.map((rows) => rows['credits.packages']).sort((a, b) => a! - b!)).toEqual([
      ...[0, 0, 0, 0, 0],
      await test.db.$count(packages),
    ]);
  });
});

describe('the seed dev', () => {
  let test: TestDatabase;
  let written: Record<string, number>;

  beforeAll(async () => {
    test = await createTestDatabase();
    await seed('reference', test.url);
    written = await seed('dev', test.url);
  });

  afterAll(() => test.close());

  it('is only for a local database', () => {
    expect(config.seeds!.dev!.localOnly).toBe(true);
  });

  it('writes the same in every database, and nothing the second time', async () => {
    await using other = await createTestDatabase();
    const rows = await describeRows(test.db);
    expect(written['files.files']).toBeGreaterThan(120);
    const again = await seed('dev', test.url);
    expect(Object.values(again)).toEqual(Object.values(again).map(() => 0));
    expect(await describeRows(test.db)).toEqual(rows);
    await seed('reference', other.url);
    await seed('dev', other.url);
    expect(await describeRows(other.db)).toEqual(rows);
  });

  it('writes nothing when its process is killed half-way, and everything the next time', async () => {
    await using other = await createTestDatabase();
    const seeder = sql`from pg_stat_activity where application_name = 'db seed' and datname = current_database()`;
    const poll = (query: SQL) =>
      expect.poll(() => outsideTransaction(() => other.db.execute(query)), { timeout: 10_000 });
    await other.db.transaction(async (tx) => {
      // Keeps the last of its tables from the seed.
      await tx.execute(sql`lock table credits.transactions in exclusive mode`);
      const child = spawnSeed('dev', other.url);
      await poll(sql`select ${seeder} and wait_event_type = 'Lock'`).toHaveLength(1);
      child.kill('SIGKILL');
    });
    await poll(sql`select ${seeder}`).toHaveLength(0);
    expect(await other.db.$count(files)).toBe(0);
    await seed('reference', other.url);
    await seed('dev', other.url);
    expect(await describeRows(other.db)).toEqual(await describeRows(test.db));
  });

  it('leaves alone what somebody made or changed', async () => {
    await using other = await createTestDatabase();
    await createUser(other.db, { email: 'demo@example.com', name: 'Mine' });
    expect(await seed('dev', other.url)).toMatchObject({ 'identity.users': 2, 'credits.balances': 1 });
    expect(await other.db.query.users.findFirst({ where: eq(users.email, 'demo@example.com') })).toMatchObject({
      name: 'Mine',
    });
    const [folder] = await other.db.select().from(folders).limit(1);
    await other.db.update(folders).set({ name: 'Renamed' }).where(eq(folders.id, folder!.id));
    await seed('dev', other.url);
    expect(await other.db.query.folders.findFirst({ where: eq(folders.id, folder!.id) })).toMatchObject({
      name: 'Renamed',
    });
  });

  it.each(['demo', 'admin', 'member'])('makes an account %s@example.com that can sign in', async (name) => {
    const user = await test.db.query.users.findFirst({ where: eq(users.email, `${name}@example.com`) });
    expect(user!.role).toBe(name === 'admin' ? 'admin' : 'member');
    expect(await verifyPassword(`${name}-password`, user!.passwordHash)).toBe(true);
  });

  it('makes ledgers that add up, row by row, to the balance', async () => {
    const wrong = await test.db.execute(sql`
      with ledger as (
        select user_id, balance_after, sum(amount) over (partition by user_id order by created_at, id) as expected,
               row_number() over (partition by user_id order by created_at desc, id desc) as from_last
        from credits.transactions
      )
      select l.* from ledger l join credits.balances b using (user_id)
      where l.balance_after <> l.expected or (l.from_last = 1 and b.balance <> l.expected)`);
    expect(wrong).toEqual([]);
  });

  it('makes files that say what their last version says', async () => {
    const wrong = await test.db.execute(sql`
      select f.name from files.files f
      join lateral (select * from files.file_versions v where v.file_id = f.id order by number desc limit 1) v on true
      where (f.size, f.mime_type, f.version) is distinct from (v.size, v.mime_type, v.number)`);
    expect(wrong).toEqual([]);
  });

  it('fills the trash with a folder and what was in it, at one time', async () => {
    const trash = await test.db.execute<{ count: number }>(sql`
      select deleted_at, count(*)::int as count from (
        select deleted_at from files.folders union all select deleted_at from files.files
      ) rows where deleted_at is not null group by deleted_at`);
    expect(trash).toMatchObject([{ count: 5 }]);
  });
});

function spawnSeed(name: string, url: string) {
  const file = pathToFileURL(join(import.meta.dirname, '../../db.config.ts')).href;
  const script = `import config from ${JSON.stringify(file)}; await config.seeds[${JSON.stringify(name)}].run(process.env.SEED_URL);`;
  return spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, SEED_URL: url },
    stdio: 'ignore',
  });
}

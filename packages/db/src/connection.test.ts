import { withDatabase } from '@org/db-tools/url';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeDatabases, getDatabase } from './connection.ts';
import { createTestDatabase, type TestDatabase } from './testing/index.ts';

let one: TestDatabase;
let two: TestDatabase;

beforeAll(async () => {
  [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
});

afterAll(() => Promise.all([one.close(), two.close()]));

afterEach(() => closeDatabases());

const nameOf = async (url: string) => {
  const [row] = await getDatabase(url).execute<{ name: string }>(sql`select current_database() as name`);
  return row!.name;
};

describe('getDatabase', () => {
  it('gives one pool for one URL, however often and however it is written', async () => {
    const all = await Promise.all([1, 2, 3].map(async () => getDatabase(one.url)));
    expect(new Set([...all, getDatabase(one.url.replace('postgres:', 'postgresql:'))]).size).toBe(1);
  });

  it('gives another pool for another URL', async () => {
    expect(await nameOf(one.url)).not.toBe(await nameOf(two.url));
  });

  it('refuses other options for the same URL, and names both', () => {
    getDatabase(one.url, { max: 3 });
    expect(getDatabase(one.url)).toBe(getDatabase(one.url, { max: 3 }));
    expect(() => getDatabase(one.url, { max: 4 })).toThrow(/is open with {"max":3}.*asked for with {"max":4}/);
  });

  it('keeps the password out of the message', () => {
    const url = 'postgres://someone:hidden-word@127.0.0.1:9/app';
    getDatabase(url);
    expect(() => getDatabase(url, { max: 4 })).toThrow(/someone:\*\*\*@127/);
  });

  it('opens a new pool after the client was ended by somebody else', async () => {
    const first = getDatabase(one.url);
    await first.$client.end();
    expect(getDatabase(one.url)).not.toBe(first);
    expect(await nameOf(one.url)).toBeTruthy();
  });

  it('limits statements, and tells the server its name', async () => {
    const db = getDatabase(one.url, { statementTimeout: 50, applicationName: 'shop', max: 1 });
    const [row] = await db.execute(sql`select current_setting('application_name') as name`);
    expect(row).toEqual({ name: 'shop' });
    await expect(db.execute(sql`select pg_sleep(10)`)).rejects.toMatchObject({ cause: { code: '57014' } });
  });

  it('reads relations', async () => {
    const db = getDatabase(one.url);
    expect(await db.query.users.findMany({ with: { sessions: true } })).toEqual([]);
  });

  it('says what is wrong with a URL', () => {
    expect(() => getDatabase('mysql://a@b/c')).toThrow(/postgres:\/\//);
  });
});

describe('closeDatabases', () => {
  it('ends every pool, after which a new one can be had', async () => {
    const db = getDatabase(one.url);
    await nameOf(one.url);
    await closeDatabases();
    await expect(db.execute(sql`select 1`)).rejects.toMatchObject({ cause: { code: 'CONNECTION_ENDED' } });
    expect(await nameOf(one.url)).toBeTruthy();
  });

  it('waits for what runs', async () => {
    const work = Promise.resolve(getDatabase(one.url).execute(sql`select pg_sleep(0.5), 1 as done`));
    await untilRunning('pg_sleep(0.5)');
    const [rows] = await Promise.all([work, closeDatabases()]);
    expect(rows[0]).toMatchObject({ done: 1 });
  });

  it('returns in time when a statement does not', async () => {
    const work = getDatabase(one.url)
      .execute(sql`select pg_sleep(60)`)
      .catch((error: unknown) => error);
    await untilRunning('pg_sleep(60)');
    const start = performance.now();
    await closeDatabases({ timeout: 0.1 });
    expect(performance.now() - start).toBeLessThan(3_000);
    expect(await work).toBeInstanceOf(Error);
  });

  it('returns when the database was never there', async () => {
    getDatabase(withDatabase(one.url, 'no_such_database'));
    await expect(closeDatabases()).resolves.toBeUndefined();
    await expect(closeDatabases()).resolves.toBeUndefined();
  });
});

function untilRunning(text: string) {
  const count = () =>
    one.db.$client`select from pg_stat_activity where strpos(query, ${text}) > 0 and pid <> pg_backend_pid()`;
  return expect.poll(count, { timeout: 10_000 }).toHaveLength(1);
}

import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../connection.ts';
import { identityRateLimits as table } from '../schema/identity/index.ts';
import { explain } from '../testing/explain.ts';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import { deleteEnded, START } from './clean-up.ts';
import { giveTokensBack } from './give-tokens-back.ts';
import { hashKey } from './rate-limit.ts';
import { isKeyRemembered, rememberKey } from './remember-key.ts';
import { takeToken } from './take-token.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

const hourly = { count: 10, seconds: 3_600 };
const take = (key: string, limit = hourly) => takeToken(test.db, table, key, limit);

/** As if so many seconds had passed since. */
const wait = (key: string, seconds: number) =>
  test.db
    .update(table)
    .set({ endsAt: sql`${table.endsAt} - make_interval(secs => ${seconds}::float8)` })
    .where(eq(table.keyHash, hashKey(key)));

describe('a bucket', () => {
  it('gives what it holds at once, and then one each time that one has flowed in', async () => {
    for (let i = 0; i < 10; i++) expect(await take('flow')).toBe(0);
    // An hour by ten.
    expect(await take('flow')).toBeGreaterThan(355);
    expect(await take('flow')).toBeLessThanOrEqual(360);
    await wait('flow', 360);
    expect(await take('flow')).toBe(0);
    expect(await take('flow')).toBeGreaterThan(355);
  });

  it('holds no more after a long time than at first', async () => {
    for (let i = 0; i < 10; i++) await take('rest');
    await wait('rest', 100 * 3_600);
    for (let i = 0; i < 10; i++) expect(await take('rest')).toBe(0);
    expect(await take('rest')).toBeGreaterThan(0);
  });

  it('is not emptied further by asking again and again', async () => {
    for (let i = 0; i < 10; i++) await take('hammer');
    const first = await take('hammer');
    for (let i = 0; i < 50; i++) expect(await take('hammer')).toBeLessThanOrEqual(first);
  });

  it('gives no token twice, however many replicas ask at once', async () => {
    const replicas = [0, 1, 2].map(() => openDatabase(test.url, { max: 4 }));
    const waits = await Promise.all(
      replicas.flatMap((db) => Array.from({ length: 20 }, () => takeToken(db, table, 'race', hourly))),
    );
    expect(waits.filter((wait) => wait === 0)).toHaveLength(10);
    for (const wait of waits.filter((wait) => wait > 0)) {
      expect(wait).toBeGreaterThan(350);
      expect(wait).toBeLessThanOrEqual(360);
    }
    await Promise.all(replicas.map((db) => db.$client.end()));
  });

  it('is one for each key', async () => {
    for (let i = 0; i < 11; i++) await take('one');
    expect(await take('one')).toBeGreaterThan(0);
    expect(await take('two')).toBe(0);
  });

  it('takes back what is given back, of the buckets that are named', async () => {
    for (const key of ['a', 'b', 'c']) for (let i = 0; i < 10; i++) await take(key);
    await Promise.all(
      Array.from({ length: 3 }, () =>
        giveTokensBack(test.db, table, [
          { key: 'a', limit: hourly },
          { key: 'b', limit: hourly },
        ]),
      ),
    );
    for (const key of ['a', 'b']) {
      for (let i = 0; i < 3; i++) expect(await take(key)).toBe(0);
      expect(await take(key)).toBeGreaterThan(0);
    }
    expect(await take('c')).toBeGreaterThan(0);
  });
});

it('a key is remembered for its time', async () => {
  expect(await isKeyRemembered(test.db, table, 'known')).toBe(false);
  await rememberKey(test.db, table, 'known', 60);
  await rememberKey(test.db, table, 'known', 90);
  expect(await isKeyRemembered(test.db, table, 'known')).toBe(true);
  await wait('known', 80);
  expect(await isKeyRemembered(test.db, table, 'known')).toBe(true);
  await wait('known', 11);
  expect(await isKeyRemembered(test.db, table, 'known')).toBe(false);
});

describe('rows that say nothing any more', () => {
  const often = { count: 10_000, seconds: 3_600 };
  const addOld = (count: number) =>
    test.db
      .insert(table)
      .values(Array.from({ length: count }, (_, i) => ({ keyHash: hashKey(`old ${i}`), endsAt: new Date(0) })));
  const countOld = () => test.db.$count(table, eq(table.endsAt, new Date(0)));

  it('go away while others are asked for', async () => {
    await addOld(1_500);
    const clean = async () => {
      for (let i = 0; i < 250; i++) await take('kept', often);
      return await countOld();
    };
    await expect.poll(clean, { timeout: 20_000 }).toBe(0);
    const rows = await test.db.select().from(table);
    expect(rows.map(({ keyHash }) => Buffer.from(keyHash))).toContainEqual(hashKey('kept'));
  });

  it('let nobody wait while they go', async () => {
    await test.db.execute(sql`create function linger() returns trigger language plpgsql as $$
      begin perform pg_sleep(1); return old; end $$`);
    await test.db.execute(
      sql`create trigger linger before delete on identity.rate_limits for each row execute function linger()`,
    );
    await addOld(1);
    const isCleaning = async () => {
      for (let i = 0; i < 125; i++) await take('waits for nobody', often);
      const rows = await test.db.execute(sql`
        select from pg_stat_activity where state = 'active' and query like '/* cleanUpRateLimits */%'
          and datname = current_database()`);
      return rows.length;
    };
    await expect.poll(isCleaning, { timeout: 20_000, interval: 0 }).toBe(1);
    await expect.poll(countOld, { timeout: 20_000 }).toBe(0);
    await test.db.execute(sql`drop function linger cascade`);
  });

  it('are looked for by the primary key, however long the table is', async () => {
    await test.db.execute(sql`insert into ${table} (key_hash, ends_at)
      select sha256(i::text::bytea), now() + interval '1 hour' from generate_series(1, 20000) as i`);
    await test.db.execute(sql`analyze ${table}`);
    const plan = await explain(test.db, (db) => deleteEnded(db, table, START));
    expect(plan).toContain('Index');
    expect(plan).not.toContain('Seq Scan');
  });
});

it('a check is kept in no write-ahead log, so that it waits for no disk', async () => {
  const rows = await test.db.execute(sql`select relname, relpersistence from pg_class where relname = 'rate_limits'`);
  expect(rows.map(({ relpersistence }) => relpersistence)).toEqual(['u', 'u']);
});

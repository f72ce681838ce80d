import { inspect } from 'node:util';
import { withDatabase } from '@org/db-tools/url';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/connection.ts';
import { findServerError } from '../../src/errors.ts';
import { type Placeholders, preparedQuery } from '../../src/prepared-query.ts';
import { users } from '../../src/schema/index.ts';
import { createTestDatabase, createUser, type TestDatabase } from '../../src/testing/index.ts';
import { type Database, withTransaction } from '../../src/transaction.ts';
import { catchError } from '../support/catch-error.ts';

const SECRET = 'hush-hush-9f2';

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
  await createUser(test.db, { email: `${SECRET}@example.com` });
  await test.db.execute(sql`create type mood as enum ('good')`);
  await test.db.execute(sql`create function complain(text) returns void language plpgsql as $$
    begin raise exception 'about %', $1 using detail = $1, hint = $1; end $$`);
  await test.db.execute(sql`create table parents (id text primary key)`);
  await test.db.execute(sql`create table children (parent text references parents, check (parent <> 'x'))`);
});

afterAll(() => test.close());

const findUser = preparedQuery('findUser', (db, { id }: Placeholders<{ id: string }>) =>
  db.select().from(users).where(eq(users.id, id)),
);

const failures: [sqlState: string, query: (db: Database) => PromiseLike<unknown>][] = [
  ['23505', (db) => createUser(db, { email: `${SECRET}@example.com` })],
  ['22P02', (db) => db.select().from(users).where(eq(users.id, SECRET))],
  ['22P02', (db) => findUser(db, { id: `"${SECRET}"` })],
  ['22P02', (db) => db.execute(sql`select ${SECRET}::mood`)],
  ['22P02', (db) => db.execute(sql`select ${`{"${SECRET}`}::jsonb`)],
  ['22007', (db) => db.execute(sql`select ${SECRET}::timestamptz`)],
  ['22003', (db) => db.execute(sql`select ${'99999999999999999999'}::int8`)],
  ['23502', (db) => db.insert(users).values({ email: SECRET, name: null as never, passwordHash: SECRET })],
  ['23503', (db) => db.execute(sql`insert into children values (${SECRET})`)],
  ['23514', (db) => db.execute(sql`insert into children select ${'x'} || left(${SECRET}, 0)`)],
  ['P0001', (db) => db.execute(sql`select complain(${SECRET})`)],
];

describe('the error that leaves', () => {
  it.each(failures)('%s has its SQLSTATE and the query, and no value of a parameter', async (sqlState, query) => {
    for (const run of [
      () => query(test.db),
      () => test.db.transaction(async (tx) => query(tx)),
      () => withTransaction(test.db, async (tx) => query(tx), { retry: true }),
    ]) {
      const error = (await catchError(run())) as Error;
      expect(findServerError(error)).toMatchObject({ sqlState });
      expect(error.name).toBe('QueryError');
      expect(error.message).toMatch(/\(\w{5}\) in the query: (\/\* findUser \*\/ )?(select|insert)/);
      expect(everythingIn(error)).not.toContain(SECRET);
      expect(everythingIn(error)).not.toContain('99999999');
    }
  });

  it('has no value when the value is what cannot be sent', async () => {
    for (const value of [undefined, new Date(Number.NaN), Symbol(SECRET), { toJSON: () => BigInt(1) }]) {
      const error = await catchError(test.db.execute(sql`select ${SECRET}, ${sql.param(value)}`));
      expect(error).toMatchObject({ name: 'QueryError', query: 'select $1, $2' });
      expect(everythingIn(error)).not.toContain(SECRET);
    }
  });

  it('names the constraint, the table and the column', async () => {
    const error = await catchError(createUser(test.db, { email: `${SECRET}@example.com` }));
    expect(findServerError(error)).toMatchObject({
      schema: 'identity',
      table: 'users',
      constraint: 'idx_users_email_live',
    });
  });

  it('tells once why there is no connection', async () => {
    const nowhere = openDatabase(withDatabase(test.url, 'no_such_database'));
    const error = (await catchError(nowhere.execute(sql`select 1`))) as Error;
    await nowhere.$client.end();
    expect(error.message).toBe('database "no_such_database" does not exist (3D000) in the query: select 1');
  });

  it('tells a long query in short', async () => {
    const error = (await catchError(test.db.execute(sql.raw(`select 1 / 0, '${'x'.repeat(5_000)}'`)))) as Error;
    expect(error.message.length).toBeLessThan(700);
  });
});

it('several statements at once are refused: what is filled in by mistake cannot begin another', async () => {
  const error = await catchError(test.db.execute(sql.raw('select 1; drop table parents')));
  expect(findServerError(error)).toMatchObject({ sqlState: '42601' });
});

/** Every property, enumerable or not, of the error and what it leads to. */
function everythingIn(error: unknown): string {
  return inspect(error, { showHidden: true, depth: null, maxStringLength: null });
}

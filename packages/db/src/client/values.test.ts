import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { files, users } from '../schema/index.ts';
import { createFile, createTestDatabase, createUser, type TestDatabase } from '../testing/index.ts';

const MOMENT = new Date('2026-03-29T01:30:00.123Z');

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
});

afterAll(() => test.close());

describe('a raw query on the client under drizzle', () => {
  it('takes and gives moments as Dates', async () => {
    const { $client } = test.db;
    const [row] =
      await $client`select ${MOMENT} as moment, ${MOMENT}::timestamptz = '2026-03-29T01:30:00.123Z' as equal`;
    expect(row).toEqual({ moment: MOMENT, equal: true });
  });

  it('takes Dates for dates and timestamps without zone, and gives those as the text they are', async () => {
    const [row] = await test.db
      .$client`select ${MOMENT}::date as day, ${MOMENT}::timestamptz at time zone 'UTC' as wall`;
    expect(row).toEqual({ day: '2026-03-29', wall: '2026-03-29 01:30:00.123' });
  });

  it('takes and gives arrays of moments', async () => {
    const { $client } = test.db;
    const [row] = await $client`select ${$client.array([MOMENT, MOMENT])} as moments`;
    expect(row).toEqual({ moments: [MOMENT, MOMENT] });
  });

  it('takes and gives JSON as values', async () => {
    const { $client } = test.db;
    const [row] = await $client`select ${$client.json({ a: [1] })} as given, ${'{"b":2}'}::jsonb as text`;
    expect(row).toEqual({ given: { a: [1] }, text: { b: 2 } });
  });

  it('does so in a transaction', async () => {
    const [row] = await test.db.$client.begin((sql) => sql`select ${MOMENT} as moment`);
    expect(row).toEqual({ moment: MOMENT });
  });
});

describe('drizzle on the same client', () => {
  it('writes and reads Dates and JSON in columns', async () => {
    const user = await createUser(test.db, { createdAt: MOMENT });
    const metadata = { description: 'a "quoted" one', tags: ['x'] };
    const file = await createFile(test.db, { userId: user.id, metadata, createdAt: MOMENT });
    const [row] = await test.db.select().from(files).where(eq(files.createdAt, MOMENT));
    expect(row).toEqual(file);
    expect(row).toMatchObject({ metadata, createdAt: MOMENT });
  });

  it('reads them in relations, bytes too', async () => {
    const user = await createUser(test.db);
    const tokenHash = Buffer.alloc(32, 7);
    const { sessions } = await import('../schema/identity/index.ts');
    await test.db.insert(sessions).values({ userId: user.id, tokenHash, expiresAt: MOMENT });
    const found = await test.db.query.users.findFirst({ where: eq(users.id, user.id), with: { sessions: true } });
    expect(found!.sessions[0]).toMatchObject({ expiresAt: MOMENT, tokenHash });
  });

  it('takes and gives moments as Dates in its own raw queries', async () => {
    const [row] = await test.db.execute(sql`select ${MOMENT} as moment`);
    expect(row).toEqual({ moment: MOMENT });
  });
});

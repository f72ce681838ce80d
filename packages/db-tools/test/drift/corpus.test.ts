import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Catalog, readCatalog } from '../../src/catalog/index.ts';
import { alignOwners } from '../../src/drift/align.ts';
import { compareCatalogs } from '../../src/drift/compare.ts';
import { composeSql } from '../../src/drift/compose.ts';
import { type ClonedDatabase, cloneDatabase } from '../../src/testing/index.ts';
import type { Pair } from './pair.ts';
import { corpus } from './pairs/index.ts';

let database: ClonedDatabase;
/** One connection: what is begun on it goes on. */
let session: Sql;
let major: number;

beforeAll(async () => {
  database = await cloneDatabase({ serverUrl: process.env.TEST_DATABASE_URL!, key: 'empty', prepare: async () => {} });
  session = postgres(database.url, { max: 1, onnotice: () => {}, fetch_types: false });
  const [{ version }] = await session<
    [{ version: number }]
  >`select current_setting('server_version_num')::int as version`;
  major = Math.floor(version / 10_000);
});

afterAll(async () => {
  await session.end({ timeout: 1 });
  await database.drop();
});

test('the corpus has its size', () => {
  const pairs = Object.values(corpus).flat();
  expect(pairs.length).toBeGreaterThanOrEqual(150);
});

describe.each(Object.entries(corpus))('%s', (_, pairs) => {
  test.each(pairs)('$name', async (pair) => {
    if (pair.since && major < pair.since) return;
    const a = await inTransaction(async () => await make(pair.base, pair.a));
    await inTransaction(async () => {
      const b = await make(pair.base, pair.b);
      const found = compareCatalogs(...alignOwners(a, b)).map(({ kind, name }) => `${kind} ${name}`);
      expect(found.sort()).toEqual([...pair.differs].sort());
      if (pair.differs.length === 0) {
        expect(composeSql(...alignOwners(a, b))).toEqual([]);
        return;
      }
      await apply(composeSql(b, a), a, pair.manual?.includes('b to a'));
      await rollback();
      await session.unsafe('begin');
      await run(pair.base, pair.a);
      await apply(composeSql(a, b), b, pair.manual?.includes('a to b'));
    });
  });
});

async function inTransaction<T>(work: () => Promise<T>): Promise<T> {
  await session.unsafe('begin');
  try {
    return await work();
  } finally {
    await rollback();
  }
}

/** What one pair has made is gone for the next, roles and temporary tables included. */
async function rollback(): Promise<void> {
  await session.unsafe('rollback');
}

async function make(base: Pair['base'], side: string): Promise<Catalog> {
  await run(base, side);
  return await readCatalog(session);
}

async function run(base: Pair['base'] = '', side: string): Promise<void> {
  await session.unsafe(`${base} ${side}`).simple();
}

/** Runs the statements and finds the wanted catalog, or a remark where that was foretold. */
async function apply(statements: string[], wanted: Catalog, manual = false): Promise<void> {
  expect(statements.some((statement) => statement.startsWith('--'))).toBe(manual);
  if (manual) return;
  for (const statement of statements) {
    await session.unsafe(statement).catch((error) => {
      throw new Error(`${error.message}: ${statement}\nall of it:\n${statements.join(';\n')}`);
    });
  }
  const left = compareCatalogs(wanted, await readCatalog(session));
  expect(left, statements.join(';\n')).toEqual([]);
}

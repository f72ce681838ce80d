import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Catalog, readCatalog } from '../../src/catalog/index.ts';
import { compareCatalogs } from '../../src/drift/compare.ts';
import { composeSql } from '../../src/drift/compose.ts';
import { cloneDatabase } from '../../src/testing/index.ts';
import type { Pair } from '../drift/pair.ts';
import { corpus } from '../drift/pairs/index.ts';
import { hasPostgres15, startPostgres15 } from './debian-postgres.ts';

interface Server {
  url: string;
  stop(): void;
}

const SERVERS: [name: string, start: () => Server][] = [
  ['the test server', () => ({ url: process.env.TEST_DATABASE_URL!, stop: () => {} })],
  ...(hasPostgres15() ? ([['PostgreSQL 15', () => startPostgres15()]] as [string, () => Server][]) : []),
];

describe.each(SERVERS)('on %s, what the corpus has', (_, start) => {
  let server: Server;
  let database: Awaited<ReturnType<typeof cloneDatabase>>;
  let session: Sql;
  let empty: Catalog;
  beforeAll(async () => {
    server = start();
    database = await cloneDatabase({ serverUrl: server.url, key: 'empty', prepare: async () => {} });
    session = postgres(database.url, { max: 1, onnotice: () => {}, fetch_types: false });
    empty = await readCatalog(session);
  });
  afterAll(async () => {
    await session.end();
    await database.drop();
    server.stop();
  });

  // What is empty is in the other side, with the base.
  const sides = Object.values(corpus)
    .flat()
    .flatMap((pair) => [
      { name: `${pair.name}, a`, pair, sql: pair.a },
      { name: `${pair.name}, b`, pair, sql: pair.b },
    ])
    .filter(({ sql, pair }) => sql !== '' && pair.differs.length > 0);

  test.each(sides)('is made from nothing and taken apart: $name', async ({ pair, sql }) => {
    if (pair.since && pair.since * 10_000 > empty.serverVersion) return;
    const wanted = await inTransaction(async () => {
      await session.unsafe(`${pair.base ?? ''} ${sql}`).simple();
      const made = await readCatalog(session);
      await apply(composeSql(made, empty), empty);
      return made;
    });
    await inTransaction(async () => {
      // Roles are no part of a schema.
      await session.unsafe(rolesOf(pair, sql)).simple();
      await apply(composeSql(empty, wanted), wanted);
    });
  });

  async function inTransaction<T>(work: () => Promise<T>): Promise<T> {
    await session.unsafe('begin');
    try {
      return await work();
    } finally {
      await session.unsafe('rollback');
    }
  }

  async function apply(statements: string[], wanted: Catalog): Promise<void> {
    if (statements.some((statement) => statement.startsWith('--'))) return;
    for (const statement of statements) await session.unsafe(statement);
    expect(compareCatalogs(wanted, await readCatalog(session)), statements.join(';\n')).toEqual([]);
  }
});

function rolesOf({ base = '' }: Pair, sql: string): string {
  return [...`${base} ${sql}`.matchAll(/create role (?:"[^"]+"|\w+)/g)].map(([statement]) => statement).join(';');
}

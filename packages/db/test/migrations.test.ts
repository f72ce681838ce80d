import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClonedDatabase } from '@org/db-tools/testing';
import { generateDrizzleJson, generateMigration } from 'drizzle-kit/api';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectedDatabase, openDatabase } from '../src/connection.ts';
import { assertMigrated, migrate, migrationsDirectory } from '../src/migrate.ts';
import * as schema from '../src/schema/index.ts';
import { describeDatabase } from './describe-database.ts';
import { createEmptyDatabase } from './empty-database.ts';

const directory = migrationsDirectory();
const journal: { entries: { idx: number; tag: string }[] } = readJson('meta/_journal.json');
const tags = journal.entries.map(({ tag }) => tag);

let database: ClonedDatabase;
let db: ConnectedDatabase;

beforeAll(async () => {
  database = await createEmptyDatabase();
  db = openDatabase(database.url, { max: 1 });
});

afterAll(async () => {
  await db.$client.end();
  await database.drop();
});

describe('the migrations', () => {
  it('are missed by assertMigrated before they ran', async () => {
    await expect(assertMigrated(db)).rejects.toMatchObject({ code: 'migrations_pending', exit: 3 });
  });

  it('run on an empty database, in order', async () => {
    const { applied } = await migrate({ url: database.url });
    expect(applied.map(({ tag }) => tag)).toEqual(tags);
    await expect(assertMigrated(db)).resolves.toBeUndefined();
  });

  it('do nothing the second time', async () => {
    expect(await migrate({ url: database.url })).toMatchObject({ applied: [], alreadyApplied: tags.length });
  });

  it('end with a snapshot that equals the schema', async () => {
    const last = readJson(`meta/${String(journal.entries.at(-1)!.idx).padStart(4, '0')}_snapshot.json`);
    const now = generateDrizzleJson(schema, last.id);
    expect(await generateMigration(last, now)).toEqual([]);
  });

  it('make a database that equals the schema', async () => {
    const empty = generateDrizzleJson({});
    const statements = await generateMigration(empty, generateDrizzleJson(schema, empty.id));
    await using other = await createFromStatements(statements);
    const made = await describeDatabase(db);
    expect(made).toEqual(await describeDatabase(other.db));
    expect(made).toContain('files.files name text not null');
  });
});

async function createFromStatements(statements: string[]) {
  const clone = await createEmptyDatabase();
  const other = openDatabase(clone.url, { max: 1 });
  for (const statement of statements) await other.execute(sql.raw(statement));
  const close = async () => {
    await other.$client.end();
    await clone.drop();
  };
  return { db: other, [Symbol.asyncDispose]: close };
}

function readJson(file: string) {
  return JSON.parse(readFileSync(join(directory, file), 'utf8'));
}

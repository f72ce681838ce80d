import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloneDatabase } from '@org/db-tools/testing';
import { type ConnectedDatabase, openDatabase } from '../connection.ts';
import { migrate, migrationsDirectory } from '../migrate.ts';

export interface TestDatabase extends AsyncDisposable {
  db: ConnectedDatabase;
  url: string;
  /** Ends `db` and drops the database, whoever is still connected to it. */
  close(): Promise<void>;
}

/**
 * An empty database with every migration applied, which no other test sees: in `beforeAll`, and `close()` in `afterAll`.
 * A copy of a template that the first test of a run makes.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = process.env.TEST_DATABASE_URL;
  if (!serverUrl) {
    throw new Error('TEST_DATABASE_URL is not set: run tests with `pnpm test`, which starts a server for them.');
  }
  const clone = await cloneDatabase({ serverUrl, key: hashMigrations(), prepare: (url) => migrate({ url }) });
  const db = openDatabase(clone.url, { max: 5, applicationName: 'test' });
  const close = async () => {
    await db.$client.end();
    await clone.drop();
  };
  return { db, url: clone.url, close, [Symbol.asyncDispose]: close };
}

function hashMigrations(): string {
  const directory = migrationsDirectory();
  const hash = createHash('sha256');
  const files = readdirSync(directory).filter((name) => name.endsWith('.sql') && !name.endsWith('.down.sql'));
  for (const file of [...files.sort(), 'meta/_journal.json']) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(directory, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

import { type ClonedDatabase, cloneDatabase } from '@org/db-tools/testing';

/** A database with nothing in it; drop() it. */
export function createEmptyDatabase(): Promise<ClonedDatabase> {
  return cloneDatabase({ serverUrl: process.env.TEST_DATABASE_URL!, key: 'empty', prepare: async () => {} });
}

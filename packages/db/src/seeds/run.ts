import { openDatabase } from '../connection.ts';
import type { Transaction } from '../transaction.ts';

/** Rows written, by table. */
export type Written = Record<string, number>;

/** Runs a seed over a connection of its own and in one transaction: all of it is there afterwards, or nothing of it. */
export async function runSeed(url: string, seed: (tx: Transaction) => Promise<Written>): Promise<Written> {
  const db = openDatabase(url, { max: 1, applicationName: 'db seed' });
  try {
    return await db.transaction(seed);
  } finally {
    await db.$client.end();
  }
}

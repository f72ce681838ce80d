import { runSeed, type Written } from '../run.ts';
import { seedCredits } from './credits.ts';
import { seedFiles } from './files.ts';
import { seedFolders } from './folders.ts';
import { seedUsers } from './users.ts';

/**
 * Three accounts with something in them, for a local database: the same rows with the same ids and dates wherever it
 * runs. Adds what is missing and leaves what is there, changed by hand or not.
 */
export function seedDev(url: string): Promise<Written> {
  return runSeed(url, async (tx) => {
    const users = await seedUsers(tx);
    const folders = await seedFolders(tx, users.present);
    return {
      ...users.written,
      ...folders.written,
      ...(await seedFiles(tx, users.present, folders.present)),
      ...(await seedCredits(tx, users.present)),
    };
  });
}

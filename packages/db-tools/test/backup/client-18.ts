import { existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findClientTools } from '../../src/backup/client-tools.ts';

/**
 * The folder with pg_dump 18: this machine's, else the one that scripts/install-test-packages unpacked. Undefined where
 * there is none, so that tests are skipped; in CI there has to be one.
 */
export async function findClient18(): Promise<string | undefined> {
  const unpacked = join(process.env.TMPDIR ?? tmpdir(), `stratum-postgresql-client-18-${process.getuid?.()}`, 'bin');
  // Everybody may write to the folder for temporary files.
  if (existsSync(unpacked) && statSync(unpacked).uid === process.getuid?.()) return unpacked;
  try {
    return (await findClientTools({ atLeast: 18, server: 18, because: 'the tests need it' }, process.env)).folder;
  } catch (error) {
    if (process.env.CI) throw new Error('There is no pg_dump 18: run scripts/install-test-packages', { cause: error });
    console.warn(
      'There is no pg_dump 18, so the tests of backups are skipped. To get it: scripts/install-test-packages',
    );
    return undefined;
  }
}

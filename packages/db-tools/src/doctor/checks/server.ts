import { type Check, fail, type OpenClone, ok } from '../check.ts';

/** The oldest that the migration engine is tested on. */
const OLDEST = 15;

export const server: Check<OpenClone> = {
  name: 'server',
  async run({ sql }) {
    const [row] = await sql<[{ version: string; recovery: boolean; readOnly: boolean }]>`
      select current_setting('server_version') as version, pg_is_in_recovery() as recovery,
        current_setting('default_transaction_read_only') = 'on' as "readOnly"`;
    const { version, recovery, readOnly } = row;
    if (Number.parseInt(version, 10) < OLDEST) {
      return fail(
        `The server is PostgreSQL ${version}, older than ${OLDEST}.`,
        'Upgrade it, or pnpm db start for the local PostgreSQL 18',
      );
    }
    if (recovery)
      return fail('This server is a replica; it takes no changes.', 'Point DATABASE_URL_DIRECT at the primary');
    if (readOnly) {
      return fail(
        'Sessions of this role are read-only (default_transaction_read_only).',
        'ALTER ROLE CURRENT_USER RESET default_transaction_read_only; ALTER DATABASE … RESET default_transaction_read_only;',
      );
    }
    return ok(`PostgreSQL ${version}.`);
  },
};

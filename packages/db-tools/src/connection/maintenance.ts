import type { Sql } from 'postgres';
import { DbError } from '../errors.ts';
import { connect, connectionError } from './connect.ts';
import type { Target } from './target.ts';
import { withDatabase } from './url.ts';

/**
 * A connection to another database of the same server: `postgres`, else `template1`, else the target itself, for
 * servers that let a role into its own database only. Failures become a DbError.
 */
export async function withMaintenance<T>(target: Target, use: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = await connectMaintenance(target);
  try {
    return await use(sql);
  } catch (error) {
    throw connectionError(error, target.connection);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function connectMaintenance(target: Target): Promise<Sql> {
  const names = ['postgres', 'template1'].filter((name) => name !== target.connection.database);
  let first: unknown;
  for (const name of [...names, target.connection.database]) {
    try {
      return await connect(withDatabase(target.url, name), { connectTimeout: target.connectTimeout });
    } catch (error) {
      first ??= error;
      if (!(error instanceof DbError) || !NEXT_DATABASE.includes(error.code)) throw error;
    }
  }
  throw first;
}

const NEXT_DATABASE = ['database_missing', 'permission_denied', 'authentication_failed'];

import { sql } from 'drizzle-orm';
import type { UserRole } from '../schema/identity/index.ts';
import type { Database } from '../transaction.ts';

export interface Authenticated {
  userId: string;
  role: UserRole;
  sessionId: string;
}

/**
 * Whose token it is, by its SHA-256; undefined when there is no such session, it has expired or its user is deleted.
 * Notes the use of the session, at most once a minute.
 */
export async function authenticate(db: Database, tokenHash: Uint8Array): Promise<Authenticated | undefined> {
  const [row] = await db.execute<{ user_id: string; role: UserRole; session_id: string }>(
    sql`select user_id, role, session_id from identity.authenticate(${tokenHash})`,
  );
  return row && { userId: row.user_id, role: row.role, sessionId: row.session_id };
}

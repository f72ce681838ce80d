import { sql } from 'drizzle-orm';
import { type Placeholders, preparedQuery } from '../prepared-query.ts';
import type { UserRole } from '../schema/identity/index.ts';
import type { Database } from '../transaction.ts';

export interface Authenticated {
  userId: string;
  role: UserRole;
  sessionId: string;
}

/**
 * Whose token it is, by its SHA-256; undefined when there is no such session, it has expired or was idle for too long,
 * or its user is deleted or disabled.
 * Notes the use of the session, at most once a minute.
 */
export async function authenticate(db: Database, tokenHash: Uint8Array): Promise<Authenticated | undefined> {
  const [row] = await findSession(db, { tokenHash });
  return row;
}

const findSession = preparedQuery('authenticate', (db, { tokenHash }: Placeholders<{ tokenHash: Uint8Array }>) =>
  db
    .select({
      userId: sql<string>`user_id`,
      role: sql<UserRole>`role`,
      sessionId: sql<string>`session_id`,
    })
    .from(sql`identity.authenticate(${tokenHash})`),
);

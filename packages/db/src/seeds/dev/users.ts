import { inArray } from 'drizzle-orm';
import { type NewUser, userSettings, users } from '../../schema/identity/index.ts';
import type { Transaction } from '../../transaction.ts';
import { insertMissing } from '../insert-missing.ts';
import type { Written } from '../run.ts';
import { seedId, seedTimestamps } from './fixed.ts';

export const DEMO = seedId('user demo');
export const ADMIN = seedId('user admin');
export const MEMBER = seedId('user member');

/**
 * The passwords are `demo-password`, `admin-password` and `member-password`: hashed beforehand, so that the rows are
 * always the same.
 */
const USERS: NewUser[] = [
  {
    id: DEMO,
    email: 'demo@example.com',
    name: 'Demo',
    passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$4SAWr3hf4ef9ALYVLZsN+g$NeQ3nwKeVjIoTRdgAw1lMoAJY4d81OcrGspzP9ojNTQ',
    ...seedTimestamps(0),
  },
  {
    id: ADMIN,
    email: 'admin@example.com',
    name: 'Admin',
    role: 'admin',
    passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$2G6X2egxXNzIO8DL30lsXA$rw4BySdCi+bPE11o0jV5hyUyKIk08Kp5bWPRra94Mn4',
    ...seedTimestamps(1),
  },
  {
    id: MEMBER,
    email: 'member@example.com',
    name: 'Second Member',
    passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$vU3vqMdjI4NLGdHGjU2P6A$hMemTtwQwL8yUxpnYjuC+KpFhAHnuZWKPI8flRInNmI',
    ...seedTimestamps(2),
  },
];

/** `present` are the ids that are there: an address that someone registered by hand keeps its own account. */
export async function seedUsers(tx: Transaction): Promise<{ written: Written; present: Set<string> }> {
  const writtenUsers = await insertMissing(tx, users, USERS);
  const rows = await tx
    .select({ id: users.id })
    .from(users)
    .where(inArray(users.id, [DEMO, ADMIN, MEMBER]));
  const present = new Set(rows.map((row) => row.id));
  const writtenSettings = present.has(DEMO)
    ? await insertMissing(tx, userSettings, [
        {
          id: seedId('settings demo'),
          userId: DEMO,
          preferences: { theme: 'dark', locale: 'en-GB', timeZone: 'Europe/Zurich', notifications: { email: true } },
          ...seedTimestamps(3),
        },
      ])
    : 0;
  return { written: { 'identity.users': writtenUsers, 'identity.user_settings': writtenSettings }, present };
}

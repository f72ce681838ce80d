import { z } from 'zod';
import { email } from '../users/users.dto.ts';

/** Not the rules of a new password: that one is too short is wrong like any other wrong one. */
const givenPassword = z.string().min(1).max(1000).meta({ format: 'password' });

export const createSessionBody = z.strictObject({ email, password: givenPassword }).meta({ id: 'CreateSession' });
export type CreateSessionBody = z.infer<typeof createSessionBody>;

export const sessionResponse = z
  .object({
    token: z.string().meta({ description: 'Shown once; send it as Authorization: Bearer <token>' }),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Session' });
export type SessionResponse = z.infer<typeof sessionResponse>;

import { z } from 'zod';
import { email, givenPassword } from '../users/users.dto.ts';

export const createSessionBody = z.strictObject({ email, password: givenPassword }).meta({ id: 'CreateSession' });
export type CreateSessionBody = z.infer<typeof createSessionBody>;

export const sessionResponse = z
  .object({
    token: z.string().meta({ description: 'Shown once; send it as Authorization: Bearer <token>' }),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Session' });
export type SessionResponse = z.infer<typeof sessionResponse>;

import type { User } from '@org/db/schema/identity';
import { name } from '@org/service';
import { z } from 'zod';

/** Compared in lower case, so kept in lower case. */
export const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(320)
  .pipe(z.email({ error: 'must be an email address' }))
  .meta({ format: 'email', example: 'ada@example.com' });

/** Length only: rules of composition make passwords worse (OWASP ASVS 6.2.5). Counted in characters, not in UTF-16 units. */
const password = z
  .string()
  .refine((text) => [...text].length >= 8 && [...text].length <= 128, { error: 'must be 8 to 128 characters' })
  .meta({ format: 'password', minLength: 8, maxLength: 128 });

export const createUserBody = z.strictObject({ email, password, name: name({ max: 255 }) }).meta({ id: 'CreateUser' });
export type CreateUserBody = z.infer<typeof createUserBody>;

export const updateUserBody = z
  .strictObject({ email, name: name({ max: 255 }) })
  .partial()
  .refine((body) => Object.keys(body).length > 0, { error: 'must change something' })
  .meta({ id: 'UpdateUser' });
export type UpdateUserBody = z.infer<typeof updateUserBody>;

export const userResponse = z
  .object({
    id: z.uuid(),
    email: z.string(),
    name: z.string(),
    role: z.enum(['member', 'admin']),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'User' });
export type UserResponse = z.infer<typeof userResponse>;

export function toUser(row: User): UserResponse {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

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

/** Length only: rules of composition make passwords worse (OWASP ASVS 6.2.5). In characters, not UTF-16 units. */
const password = z
  .string()
  .refine((text) => [...text].length >= 8 && [...text].length <= 128, { error: 'must be 8 to 128 characters' })
  .meta({ format: 'password', minLength: 8, maxLength: 128 });

export const createUserBody = z.strictObject({ email, password, name: name({ max: 255 }) }).meta({ id: 'CreateUser' });
export type CreateUserBody = z.infer<typeof createUserBody>;

/** Not the rules of a new password: that one is too short is wrong like any other wrong one. */
export const givenPassword = z.string().min(1).max(1000).meta({ format: 'password' });

export const updateUserBody = z
  .strictObject({ email, name: name({ max: 255 }), password, currentPassword: givenPassword })
  .partial()
  .superRefine(({ currentPassword, ...changes }, context) => {
    if (Object.keys(changes).length === 0) context.addIssue({ code: 'custom', message: 'must change something' });
    if (!currentPassword && (changes.email ?? changes.password) !== undefined) {
      const message = 'is needed to change the email address or the password';
      context.addIssue({ code: 'custom', path: ['currentPassword'], message });
    }
  })
  .meta({ id: 'UpdateUser' });
export type UpdateUserBody = z.infer<typeof updateUserBody>;

export const userParams = z.strictObject({ id: z.uuid().toLowerCase() });
export type UserParams = z.infer<typeof userParams>;

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

import { Injectable } from '@nestjs/common';
import { type Database, hashPassword, isUniqueViolation } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import type { User } from '@org/db/schema/identity';
import { DomainError } from '@org/service';
import type { CreateUserBody, UpdateUserBody } from './users.dto.ts';
import { findUser, insertUser, updateUser } from './users.queries.ts';

@Injectable()
export class UsersService {
  constructor(@InjectDrizzle() private readonly db: Database) {}

  /** Throws `email_taken`. */
  async create({ email, password, name }: CreateUserBody): Promise<User> {
    const user = await insertUser(this.db, { email, name, passwordHash: await hashPassword(password) });
    if (!user) throw emailTaken();
    return user;
  }

  /** Throws `not_found`. */
  async get(id: string): Promise<User> {
    return orNotFound(await findUser(this.db, id));
  }

  /** Throws `not_found`, `email_taken`. */
  async update(id: string, changes: UpdateUserBody): Promise<User> {
    try {
      return orNotFound(await updateUser(this.db, id, changes));
    } catch (error) {
      if (isUniqueViolation(error, 'idx_users_email_live')) throw emailTaken();
      throw error;
    }
  }
}

function orNotFound(user: User | undefined): User {
  if (!user) throw new DomainError('not_found', 'There is no such user.');
  return user;
}

function emailTaken(): DomainError {
  return new DomainError('email_taken', 'A user with this email address exists.');
}

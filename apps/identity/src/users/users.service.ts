import { Injectable, Logger } from '@nestjs/common';
import { type Database, hashPassword, isUniqueViolation, verifyPassword, withTransaction } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import type { User } from '@org/db/schema/identity';
import { type CurrentUser, DomainError, ValidationError } from '@org/service';
import { isCommonPassword } from './common-passwords.ts';
import type { CreateUserBody, UpdateUserBody } from './users.dto.ts';
import { deleteSessionsOfUser, findUser, insertUser, setDisabled, updateUser } from './users.queries.ts';

@Injectable()
export class UsersService {
  private readonly logger = new Logger('Security');

  constructor(@InjectDrizzle() private readonly db: Database) {}

  /** Throws `email_taken`, and `invalid` for a password that everyone has. */
  async create({ email, password, name }: CreateUserBody): Promise<User> {
    const user = await insertUser(this.db, { email, name, passwordHash: await hashNewPassword(password) });
    if (!user) throw emailTaken();
    this.logger.log({ event: 'registered', userId: user.id }, 'Registered');
    return user;
  }

  /** Throws `not_found`. */
  async get(id: string): Promise<User> {
    return orNotFound(await findUser(this.db, id));
  }

  /**
   * A new email address or password takes the one that holds now; a new password ends every other session of the user.
   * Throws `not_found`, `wrong_password`, `email_taken`, and `invalid` for a password that everyone has.
   */
  async update({ id, sessionId }: Asking, body: UpdateUserBody): Promise<User> {
    const { password, currentPassword, ...changes } = body;
    const confirmed = await this.confirm(id, body);
    const passwordHash = password === undefined ? undefined : await hashNewPassword(password);
    const user = await withTransaction(
      this.db,
      async (tx) => {
        const updated = await updateUser(tx, id, { ...changes, passwordHash }, confirmed).catch(explainEmailTaken);
        if (passwordHash) await deleteSessionsOfUser(tx, id, sessionId);
        return updated;
      },
      { retry: true },
    );
    // Somebody has changed the password in between.
    if (!user && confirmed) throw wrongPassword();
    for (const changed of ['email', 'password'] as const) {
      if (body[changed] !== undefined) {
        this.logger.log({ event: `${changed}_changed`, userId: id }, 'Credentials changed');
      }
    }
    return orNotFound(user);
  }

  /** Keeps the user out: its sessions end now, and it does not sign in. Throws `forbidden`, `not_found`. */
  async disable(by: CurrentUser, id: string): Promise<void> {
    await this.setDisabled(by, id, true);
  }

  /** Lets the user sign in again. Throws `forbidden`, `not_found`. */
  async enable(by: CurrentUser, id: string): Promise<void> {
    await this.setDisabled(by, id, false);
  }

  /** The user whose password this is, when the change needs it to be known. */
  private async confirm(id: string, body: UpdateUserBody): Promise<User | undefined> {
    const { email, password, currentPassword } = body;
    if (currentPassword === undefined && email === undefined && password === undefined) return undefined;
    const user = await this.get(id);
    if (currentPassword !== undefined && (await verifyPassword(currentPassword, user.passwordHash))) return user;
    throw wrongPassword();
  }

  private async setDisabled(by: CurrentUser, id: string, isDisabled: boolean): Promise<void> {
    if (by.role !== 'admin' || by.id === id) {
      throw new DomainError('forbidden', 'An administrator disables and enables other users.');
    }
    await withTransaction(
      this.db,
      async (tx) => {
        orNotFound(await setDisabled(tx, id, isDisabled));
        // When enabled again too: one that began while it was being disabled must not come alive.
        await deleteSessionsOfUser(tx, id);
      },
      { retry: true },
    );
    const event = isDisabled ? 'user_disabled' : 'user_enabled';
    this.logger.log({ event, userId: id, by: by.id }, 'Changed who may sign in');
  }
}

/** Who asks, and with which session. */
type Asking = Pick<CurrentUser, 'id' | 'sessionId'>;

async function hashNewPassword(password: string): Promise<string> {
  if (await isCommonPassword(password)) {
    throw new ValidationError([{ pointer: '/password', detail: 'is one of the passwords that are tried first' }]);
  }
  return hashPassword(password);
}

function orNotFound(user: User | undefined): User {
  if (!user) throw new DomainError('not_found', 'There is no such user.');
  return user;
}

function explainEmailTaken(error: unknown): never {
  throw isUniqueViolation(error, 'idx_users_email_live') ? emailTaken() : error;
}

function emailTaken(): DomainError {
  return new DomainError('email_taken', 'A user with this email address exists.');
}

function wrongPassword(): DomainError {
  return new DomainError('wrong_password', 'currentPassword is not the password of this user.');
}

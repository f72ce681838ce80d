import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { type Database, hashPassword, verifyPassword } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import { createToken, DomainError, hashToken, InjectConfig } from '@org/service';
import type { Config } from '../config.ts';
import { deleteSessionsOfUser } from '../users/users.queries.ts';
import type { CreateSessionBody, SessionResponse } from './sessions.dto.ts';
import { deleteSession, findUserByEmail, insertSession, keepNewestSessions } from './sessions.queries.ts';

const DAY = 24 * 60 * 60 * 1000;
/** Of one user: more than anyone has devices, and a program that signs in for each request fills no table. */
const MAX_SESSIONS = 50;

@Injectable()
export class SessionsService implements OnModuleInit {
  /**
   * Of nobody. Checked when the address is unknown, so that the time of an answer does not tell which addresses exist.
   */
  private decoyHash = '';
  private readonly logger = new Logger('Security');

  constructor(
    @InjectDrizzle() private readonly db: Database,
    @InjectConfig() private readonly config: Config,
  ) {}

  async onModuleInit(): Promise<void> {
    this.decoyHash = await hashPassword(createToken());
  }

  /**
   * A session for whoever knows the password and is not disabled; ends the oldest of the user where there are too many.
   * Throws `invalid_credentials`, the same for a wrong address.
   */
  async create({ email, password }: CreateSessionBody, userAgent?: string): Promise<SessionResponse> {
    const user = await findUserByEmail(this.db, email);
    const isRight = await verifyPassword(password, user?.passwordHash ?? this.decoyHash);
    if (!user || !isRight) {
      this.logger.warn({ event: 'sign_in_refused', userId: user?.id }, 'Refused to sign in');
      throw new DomainError('invalid_credentials', 'The email address or the password is wrong.');
    }
    const token = createToken();
    const expiresAt = new Date(Date.now() + this.config.SESSION_DAYS * DAY);
    const idleSeconds = this.config.SESSION_IDLE_MINUTES * 60;
    await insertSession(this.db, { userId: user.id, tokenHash: hashToken(token), expiresAt, idleSeconds, userAgent });
    // After it, so that however many sign in at once, the last of them leaves no more.
    await keepNewestSessions(this.db, user.id, MAX_SESSIONS);
    this.logger.log({ event: 'signed_in', userId: user.id }, 'Signed in');
    return { token, expiresAt: expiresAt.toISOString() };
  }

  async end(userId: string, sessionId: string): Promise<void> {
    await deleteSession(this.db, userId, sessionId);
  }

  async endEverywhere(userId: string): Promise<void> {
    await deleteSessionsOfUser(this.db, userId);
  }
}

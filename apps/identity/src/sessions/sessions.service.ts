import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Database, hashPassword, verifyPassword } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import { createToken, DomainError, hashToken, InjectConfig } from '@org/service';
import type { Config } from '../config.ts';
import type { CreateSessionBody, SessionResponse } from './sessions.dto.ts';
import { deleteSession, deleteSessionsOfUser, findUserByEmail, insertSession } from './sessions.queries.ts';

const DAY = 24 * 60 * 60 * 1000;

@Injectable()
export class SessionsService implements OnModuleInit {
  /** Of nobody. Checked when the address is unknown, so that the time of an answer does not tell which addresses exist. */
  private decoyHash = '';

  constructor(
    @InjectDrizzle() private readonly db: Database,
    @InjectConfig() private readonly config: Config,
  ) {}

  async onModuleInit(): Promise<void> {
    this.decoyHash = await hashPassword(createToken());
  }

  /** A session for whoever knows the password. Throws `invalid_credentials`, the same for a wrong address. */
  async create({ email, password }: CreateSessionBody, userAgent?: string): Promise<SessionResponse> {
    const user = await findUserByEmail(this.db, email);
    const isRight = await verifyPassword(password, user?.passwordHash ?? this.decoyHash);
    if (!user || !isRight) throw new DomainError('invalid_credentials', 'The email address or the password is wrong.');
    const token = createToken();
    const expiresAt = new Date(Date.now() + this.config.SESSION_DAYS * DAY);
    await insertSession(this.db, { userId: user.id, tokenHash: hashToken(token), expiresAt, userAgent });
    return { token, expiresAt: expiresAt.toISOString() };
  }

  async end(userId: string, sessionId: string): Promise<void> {
    await deleteSession(this.db, userId, sessionId);
  }

  async endEverywhere(userId: string): Promise<void> {
    await deleteSessionsOfUser(this.db, userId);
  }
}

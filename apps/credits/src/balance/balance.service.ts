import { Injectable } from '@nestjs/common';
import type { Database } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import { findBalance } from './balance.queries.ts';

@Injectable()
export class BalanceService {
  constructor(@InjectDrizzle() private readonly db: Database) {}

  /** The user's credits; 0 for one that never had any. */
  async get(userId: string): Promise<number> {
    return (await findBalance(this.db, userId)) ?? 0;
  }
}

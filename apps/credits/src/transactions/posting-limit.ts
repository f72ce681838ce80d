import { Injectable } from '@nestjs/common';
import type { Database } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import { InjectConfig, tooManyRequests } from '@org/service';
import type { Config } from '../config.ts';
import { takePosting } from './transactions.queries.ts';

/** How often one user may post, over all replicas. */
@Injectable()
export class PostingLimit {
  constructor(
    @InjectDrizzle() private readonly db: Database,
    @InjectConfig() private readonly config: Config,
  ) {}

  /** Counts a posting, and before its transaction begins: others need not wait for that. Throws `rate_limited`. */
  async count(userId: string): Promise<void> {
    const seconds = await takePosting(this.db, userId, this.config.TRANSACTION_LIMIT);
    if (seconds > 0) throw tooManyRequests(seconds);
  }
}

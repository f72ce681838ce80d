import { Injectable, Logger } from '@nestjs/common';
import type { Database, RateLimit } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import { InjectConfig, tooManyRequests } from '@org/service';
import type { Config } from '../config.ts';
import { type Bucket, giveBack, isRemembered, remember, take } from './attempts.queries.ts';

/** Seconds that an address counts as one of the account's own after a password was right there: 30 days. */
const OWN = 30 * 24 * 60 * 60;

/** A password that was given and is not checked yet. */
export interface Attempt {
  /** It was right: not to be counted, and the address is one of the account's own from now on. */
  succeed(): Promise<void>;
}

/**
 * How often somebody may try, over all replicas. A password is limited three times: by address, against one password tried
 * on many accounts; by account and address, against many on one account; by account, against the same from many
 * addresses. The last counts only addresses from which the account has not been signed in to: it is what an attacker can use
 * up, and its owner, where it signs in as ever, does not notice.
 */
@Injectable()
export class AttemptsService {
  private readonly logger = new Logger('Security');

  constructor(
    @InjectDrizzle() private readonly db: Database,
    @InjectConfig() private readonly config: Config,
  ) {}

  /** Counts a registration. Throws `rate_limited`. */
  async register(address: string): Promise<void> {
    await this.take(bucket('register', this.config.REGISTRATION_LIMIT, address), address);
  }

  /**
   * Counts a try of a password for `account`, which is what a client says, an address of nobody too: else its limit
   * would tell who has one. Counted before it is checked, or a thousand tries at once would all be the first.
   * Throws `rate_limited`.
   */
  async begin(account: string, address: string): Promise<Attempt> {
    const own = `own ${JSON.stringify([account, address])}`;
    const buckets = [
      bucket('address', this.config.SIGN_IN_LIMIT_PER_ADDRESS, address),
      bucket('both', this.config.SIGN_IN_LIMIT, account, address),
    ];
    if (!(await isRemembered(this.db, own))) {
      buckets.push(bucket('account', this.config.SIGN_IN_LIMIT_PER_ACCOUNT, account));
    }
    for (const each of buckets) await this.take(each, address);
    return {
      succeed: async () => {
        await giveBack(this.db, buckets);
        await remember(this.db, own, OWN);
      },
    };
  }

  private async take(from: Bucket, address: string): Promise<void> {
    const seconds = await take(this.db, from);
    if (seconds === 0) return;
    this.logger.warn({ event: 'rate_limited', address, seconds }, 'Tried too often');
    throw tooManyRequests(seconds);
  }
}

function bucket(kind: string, limit: RateLimit, ...parts: string[]): Bucket {
  return { key: `${kind} ${JSON.stringify(parts)}`, limit };
}

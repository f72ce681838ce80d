import { Injectable, Logger } from '@nestjs/common';
import type { Database, RateLimit } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import { InjectConfig, tooManyRequests } from '@org/service';
import type { Config } from '../config.ts';
import { type Bucket, giveBack, isRemembered, remember, take } from './attempts.queries.ts';

/** Seconds that an address counts as one of the account's own after a password was right there: 30 days. */
const OWN = 30 * 24 * 60 * 60;

/** So many at once, and as many again over that time: each is a row for 30 days, and some clients move all the time. */
const OWN_ADDRESSES = { count: 50, seconds: OWN };

/** A password that was given and is not checked yet. */
export interface Attempt {
  /** It was right: not to be counted, and the address is one of the account's own from now on. */
  succeed(): Promise<void>;
}

/**
 * How often somebody may try, over all replicas. Three limits for passwords:
 * - of an address: against one password that is tried on many accounts;
 * - of an account and an address: against many passwords that are tried on one account;
 * - of an account: against the same from many addresses. It does not count addresses where the account has signed in
 *   before: an attacker can use this limit up, and the owner still signs in from there.
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
   * Counts a try of a password, before it is checked: otherwise a thousand tries at once would each be the first.
   * `account` is what the client says. An account that nobody has is counted like any other, so that the limit does not
   * tell which ones exist. Throws `rate_limited`.
   */
  async begin(account: string, address: string): Promise<Attempt> {
    const own = `own ${JSON.stringify([account, address])}`;
    const buckets = [
      bucket('address', this.config.SIGN_IN_LIMIT_PER_ADDRESS, address),
      bucket('both', this.config.SIGN_IN_LIMIT, account, address),
    ];
    const isOwn = await isRemembered(this.db, own);
    if (!isOwn) {
      buckets.push(bucket('account', this.config.SIGN_IN_LIMIT_PER_ACCOUNT, account));
    }
    for (const each of buckets) await this.take(each, address);
    return {
      succeed: async () => {
        await giveBack(this.db, buckets);
        if (isOwn || (await take(this.db, bucket('own addresses', OWN_ADDRESSES, account))) === 0) {
          await remember(this.db, own, OWN);
        }
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

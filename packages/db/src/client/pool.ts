import { setTimeout as sleep } from 'node:timers/promises';
import { mayPass } from './connect-failures.ts';
import type { Rows } from './driver.ts';
import { ClientError, isServerError, withoutValues } from './errors.ts';
import { Session, type SessionOptions, type Statement } from './session.ts';

export interface PoolOptions extends SessionOptions {
  /** `host/database`, for messages. */
  name: string;
  /** Sessions at most. */
  max: number;
  /** Callers that may wait for a session at one time; more are refused at once. */
  queueLimit: number;
  /** Milliseconds to wait for a session. */
  acquireTimeout: number;
  /** Milliseconds after which an unused session is closed. */
  idleTimeout: number;
  /** Milliseconds after which a session is replaced; each a little earlier, by chance, so that not all go together. */
  maxLifetime: number;
}

/** What a pool does at this moment, and what it has done so far. */
export interface PoolStats {
  /** Connections at most, connections that are there, and those of them that are lent. */
  max: number;
  open: number;
  busy: number;
  /** Callers that wait for a connection. */
  waiting: number;
  /** Callers that have waited, how long together, and how many of them, or of those not let in, went without. */
  waits: number;
  waitedSeconds: number;
  refused: number;
}

interface Waiter {
  resolve: (session: Session) => void;
  reject: (error: Error) => void;
}

/**
 * At most `max` sessions, each lent to one caller at a time, the last used first. Every wait is bounded: postgres.js
 * 3.4.9 has no limit for waiting (porsager/postgres #824) and puts statements of strangers behind a slow one; its
 * pauses between attempts to reconnect, up to 20 s, made an outage of 8 s one of 20. Here a caller that waits is what
 * makes the pool connect, at once and then after short, jittered pauses.
 */
export class Pool {
  readonly options: PoolOptions;
  readonly #idle: { session: Session; since: number }[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #all = new Set<Session>();
  readonly #attempts = new Set<Session>();
  /** Sessions born before this moment are replaced when they come back. */
  #cutoff = Number.NEGATIVE_INFINITY;
  #connecting = 0;
  #waits = 0;
  #waitedMilliseconds = 0;
  #refused = 0;
  #lastFailure: Error | undefined;
  #sweep: NodeJS.Timeout | undefined;
  #ending: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: PoolOptions) {
    this.options = options;
  }

  /** Runs one statement on a session of its own. */
  run(statement: Statement): Promise<Rows> {
    return this.use((session) => session.run(statement));
  }

  /** Lends a session to `work`. */
  async use<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const session = this.#take() ?? (await this.#wait());
    try {
      return await work(session);
    } catch (error) {
      this.#judge(session, error);
      throw error;
    } finally {
      this.#release(session);
    }
  }

  get stats(): PoolStats {
    return {
      max: this.options.max,
      open: this.#all.size,
      busy: this.#all.size - this.#idle.length,
      waiting: this.#waiters.size,
      waits: this.#waits,
      waitedSeconds: this.#waitedMilliseconds / 1000,
      refused: this.#refused,
    };
  }

  /**
   * Gives what runs or waits `timeout` seconds, then ends it: at once where it waits for a server that is away. Always
   * returns, the second time as well.
   */
  end({ timeout = 5 }: { timeout?: number } = {}): Promise<void> {
    this.#ending ??= this.#end(timeout * 1000);
    return this.#ending;
  }

  async #end(milliseconds: number): Promise<void> {
    for (const { session } of this.#idle.splice(0)) session.close();
    clearInterval(this.#sweep);
    const isAway = this.#all.size === 0 && this.#lastFailure !== undefined;
    if (this.#isBusy() && !isAway) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, milliseconds);
      this.#onEmpty = resolve;
      await promise;
      clearTimeout(timer);
    }
    for (const waiter of this.#waiters) waiter.reject(this.#ended());
    for (const session of [...this.#all, ...this.#attempts]) session.close(this.#ended());
  }

  #take(): Session | undefined {
    return this.#ending ? undefined : this.#idle.pop()?.session;
  }

  #wait(): Promise<Session> {
    const { queueLimit, acquireTimeout, name, max } = this.options;
    if (this.#ending) return Promise.reject(this.#ended());
    if (this.#waiters.size - this.#connecting >= queueLimit) {
      this.#refused++;
      const message = `${queueLimit} callers already wait for one of the ${max} connections to ${name}.`;
      return Promise.reject(new ClientError('POOL_QUEUE_FULL', message, { cause: this.#lastFailure }));
    }
    const start = performance.now();
    this.#waits++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => waiter.reject(this.#timedOut()), acquireTimeout);
      const settle = () => {
        clearTimeout(timer);
        this.#waitedMilliseconds += performance.now() - start;
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        resolve: (session) => {
          settle();
          resolve(session);
        },
        reject: (error) => {
          settle();
          this.#refused++;
          reject(error);
        },
      };
      this.#waiters.add(waiter);
      this.#grow();
    });
  }

  /** One more session, as long as somebody waits for one. */
  #grow(): void {
    if (this.#waiters.size <= this.#connecting || this.#all.size + this.#connecting >= this.options.max) return;
    this.#connecting++;
    this.#connect().finally(() => {
      this.#connecting--;
      this.#checkEmpty();
      this.#grow();
    });
  }

  async #connect(): Promise<void> {
    for (let attempt = 0; this.#waiters.size > 0; attempt++) {
      const session = new Session(this.options);
      this.#attempts.add(session);
      try {
        await session.connect().finally(() => this.#attempts.delete(session));
        this.#lastFailure = undefined;
        this.#welcome(session);
        return;
      } catch (error) {
        session.close();
        this.#lastFailure = withoutValues(error);
        if (this.#dropRefusedLimits(error)) continue;
        if (!mayPass(error)) {
          this.#waiters.values().next().value?.reject(this.#lastFailure);
          return;
        }
        await sleep(Math.min(50 * 2 ** attempt, 1_000) * (0.5 + Math.random() / 2));
      }
    }
  }

  #welcome(session: Session): void {
    this.#all.add(session);
    session.retireAt = performance.now() + this.options.maxLifetime * (0.8 + Math.random() * 0.2);
    session.onLost = () => {
      this.#all.delete(session);
      const index = this.#idle.findIndex((idle) => idle.session === session);
      if (index >= 0) this.#idle.splice(index, 1);
      this.#checkEmpty();
      this.#grow();
    };
    this.#release(session);
  }

  #release(session: Session): void {
    if (session.lost) return;
    const [waiter] = this.#waiters;
    if (this.#isStale(session)) session.close();
    else if (waiter) waiter.resolve(session);
    else if (this.#ending) session.close();
    else {
      this.#idle.push({ session, since: performance.now() });
      this.#sweep ??= setInterval(() => this.#closeUnused(), 1_000).unref();
    }
  }

  #isStale({ bornAt, retireAt }: Session): boolean {
    return bornAt < this.#cutoff || retireAt < performance.now();
  }

  #closeUnused(): void {
    const now = performance.now();
    for (const { session, since } of [...this.#idle]) {
      if (now - since > this.options.idleTimeout || this.#isStale(session)) session.close();
    }
    if (this.#idle.length > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  /**
   * After some failures no session made before is to be trusted: the server behind them has become read-only (25006, a
   * failover that left the connections open), or does not answer (a half-open connection, which its siblings share).
   */
  #judge({ isSilent }: Session, error: unknown): void {
    const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const readOnly = isServerError(reason) && reason.code === '25006';
    if (!readOnly && !isSilent) return;
    this.#cutoff = performance.now();
    for (const { session } of this.#idle.splice(0)) session.close();
  }

  /** PgBouncer refuses limits at the start of a connection; transactions bring theirs along (limits.ts). */
  #dropRefusedLimits(error: unknown): boolean {
    const refused = isServerError(error) && /unsupported startup parameter: \w+_timeout/.test(error.message);
    if (!refused) return false;
    const { startup } = this.options;
    for (const name of Object.keys(startup)) if (name.endsWith('_timeout')) delete startup[name];
    return true;
  }

  #isBusy(): boolean {
    return this.#all.size > 0 || this.#waiters.size > 0 || this.#connecting > 0;
  }

  #checkEmpty(): void {
    if (!this.#isBusy()) this.#onEmpty?.();
  }

  #timedOut(): ClientError {
    const { acquireTimeout, name, max } = this.options;
    const reason = this.#lastFailure ? `: ${this.#lastFailure.message}` : `, all ${max} are in use.`;
    const message = `No connection to ${name} within ${acquireTimeout} ms${reason}`;
    return new ClientError('POOL_ACQUIRE_TIMEOUT', message, { cause: this.#lastFailure });
  }

  #ended(): ClientError {
    return new ClientError('CONNECTION_ENDED', `The pool of ${this.options.name} was closed.`);
  }
}

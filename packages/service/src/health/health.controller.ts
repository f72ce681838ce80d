import { Controller, Get, Inject, Logger } from '@nestjs/common';
import type { Database } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import { z } from 'zod';
import { Public } from '../auth/public.decorator.ts';
import { DomainError } from '../errors/domain-error.ts';
import { codeOfDatabaseError } from '../errors/sqlstate.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { ApiProblems } from '../openapi/api-problems.decorator.ts';
import { Returns } from '../openapi/returns.decorator.ts';
import { Summary } from '../openapi/summary.decorator.ts';

/** Milliseconds. A probe that waits longer than its caller tells nothing. */
const DATABASE_TIMEOUT = 1_500;

const Healthy = z.object({ status: z.literal('ok') }).meta({ id: 'Healthy' });

const Ready = Healthy.extend({
  aheadBy: z.array(z.string()).meta({ description: 'Migrations of the database that this build does not know yet' }),
}).meta({ id: 'Ready' });

/**
 * For orchestrators. `live` says that the event loop turns and never asks the database, or an outage of it would
 * restart every replica; `ready` says whether to send requests here.
 */
@Public()
@Controller('health')
export class HealthController {
  private readonly logger = new Logger('Health');
  private check?: Promise<string[]>;
  private trouble?: string;

  constructor(
    @InjectDrizzle() private readonly db: Database,
    @Inject(Lifecycle) private readonly lifecycle: Lifecycle,
  ) {}

  @Get('live')
  @Summary('Is the process alive?')
  @Returns(Healthy)
  live(): z.infer<typeof Healthy> {
    return { status: 'ok' };
  }

  @Get('ready')
  @Summary('Should requests be sent here?')
  @Returns(Ready)
  @ApiProblems('not_ready')
  async ready(): Promise<z.infer<typeof Ready>> {
    if (this.lifecycle.draining) throw notReady('draining', 'This instance is shutting down.');
    // Probes share one check, so that a database that hangs is not asked again and again.
    this.check ??= checkDatabase(this.db).finally(() => {
      this.check = undefined;
    });
    try {
      const aheadBy = await within(DATABASE_TIMEOUT, this.check);
      this.note(undefined);
      return { status: 'ok', aheadBy };
    } catch (error) {
      this.note(error);
      throw error;
    }
  }

  /** Probes come every few seconds: only the change is worth a line. */
  private note(error: unknown): void {
    const sentence = error instanceof Error ? error.message : undefined;
    if (sentence === this.trouble) return;
    this.trouble = sentence;
    if (sentence) this.logger.warn({ err: error }, 'Not ready');
    else this.logger.log('Ready again');
  }
}

/** What the database has beyond this build: the build before keeps serving while the next one is rolled out. */
async function checkDatabase(db: Database): Promise<string[]> {
  const { compareMigrations } = await import('@org/db/migrate');
  const { pending, ahead } = await compareMigrations(db).catch((cause) => {
    if (codeOfDatabaseError(cause) || isUnanswered(cause))
      throw notReady('database', 'The database does not answer.', { cause });
    throw notReady('migrations', 'The state of the migrations cannot be read.', { cause });
  });
  if (pending.length === 0) return ahead;
  throw notReady('migrations', `The database lacks ${pending.join(', ')}.`, { pending });
}

/** By `@org/db/migrate`, which waits longer than a probe does: a later probe may share its check. */
function isUnanswered(error: { code?: string }): boolean {
  return error.code === 'history_unanswered';
}

function within<Result>(milliseconds: number, check: Promise<Result>): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(notReady('database', 'The database does not answer in time.')), milliseconds);
  return Promise.race([check, promise]).finally(() => clearTimeout(timer));
}

function notReady(
  reason: 'database' | 'migrations' | 'draining',
  sentence: string,
  { cause, ...details }: { cause?: unknown; pending?: string[] } = {},
): DomainError {
  return new DomainError('not_ready', sentence, { reason, ...details }, { cause });
}

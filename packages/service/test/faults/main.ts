import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { type Database, sql } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import { z } from 'zod';
import { baseConfig, bootstrap, Public, port, Returns, readServiceConfig } from '../../src/index.ts';

const done = z.object({ done: z.literal(true) });
const milliseconds = z.strictObject({ ms: z.int().min(0) });
type Milliseconds = z.infer<typeof milliseconds>;

/** A service whose routes do what goes wrong in others. */
@Public()
@Controller('v1')
class FaultsController {
  constructor(@InjectDrizzle() private readonly db: Database) {}

  @Get('quick')
  @Returns(done)
  async quick() {
    await this.db.execute(sql`select 1`);
    return { done: true };
  }

  @Post('wait')
  @Returns(done)
  async wait(@Body({ schema: milliseconds }) { ms }: Milliseconds) {
    await this.db.execute(sql`select pg_sleep(${ms / 1000}::float8)`);
    return { done: true };
  }

  @Post('idle-in-transaction')
  @Returns(done)
  async idle(@Body({ schema: milliseconds }) { ms }: Milliseconds) {
    await this.db.transaction(async (tx) => {
      await tx.execute(sql`set local idle_in_transaction_session_timeout = 200`);
      await sleep(ms);
      await tx.execute(sql`select 1`);
    });
    return { done: true };
  }

  @Post('block')
  @Returns(done)
  block(@Body({ schema: milliseconds }) { ms }: Milliseconds) {
    for (const end = performance.now() + ms; performance.now() < end; );
    return { done: true };
  }

  @Get('large')
  @Returns(z.object({ text: z.string() }))
  async large() {
    const [row] = await this.db.execute<{ text: string }>(sql`select repeat('x', ${64 * 1024 ** 2}::int) as text`);
    return row;
  }
}

@Module({ controllers: [FaultsController] })
class FaultsModule {}

const schema = baseConfig.extend({ PORT: port.default(3999) });

await bootstrap({ module: FaultsModule, config: (env) => readServiceConfig('faults', schema, env), codes: {} });

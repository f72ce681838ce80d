import { Body, Controller, Delete, Get, Module, Param, Patch, Post, Query } from '@nestjs/common';
import { and, type Database, desc, eq, sql } from '@org/db';
import { InjectDrizzle } from '@org/db/nestjs';
import { sessions } from '@org/db/schema/identity';
import { z } from 'zod';
import {
  after,
  baseConfig,
  CurrentUser,
  DomainError,
  type ErrorCode,
  IdempotencyKey,
  IfMatch,
  type ListQuery,
  listPage,
  listQuery,
  Public,
  pageOf,
  port,
  Returns,
  ReturnsNothing,
  ReturnsPage,
  readServiceConfig,
  stale,
  text,
  WithETag,
} from '../src/index.ts';

const thing = z.object({ id: z.string(), version: z.int() }).meta({ id: 'Thing' });
const thingBody = z.strictObject({ label: text({ max: 10 }), tags: z.array(z.string().max(3)).optional() });
const thingParams = z.strictObject({ id: z.uuid() });
const sessionItem = z.object({ id: z.uuid() });

/** As a service declares it, but for `ServiceCodes`, which would hold for all tests here. */
const codes = { too_little: { status: 409, when: 'the balance is less than what is taken' } };
const OWN_CODE = 'too_little' as ErrorCode;

/** Routes that show what the shared package does around them. */
@Controller('v1/things')
class ThingsController {
  constructor(@InjectDrizzle() private readonly db: Database) {}

  @Public()
  @Post()
  @Returns(thing, { status: 201 })
  create(@Body({ schema: thingBody }) body: z.infer<typeof thingBody>) {
    return { id: body.label, version: 1, secret: 'stays inside' };
  }

  @Get(':id')
  @WithETag()
  @Returns(thing)
  get(@Param({ schema: thingParams }) { id }: z.infer<typeof thingParams>) {
    return { id, version: 3 };
  }

  @Patch(':id')
  @WithETag()
  @Returns(thing)
  update(@IfMatch() version: number, @Param({ schema: thingParams }) { id }: z.infer<typeof thingParams>) {
    if (version !== 3) throw stale();
    return { id, version: 4 };
  }

  @Delete(':id')
  @ReturnsNothing()
  remove() {}

  @Get()
  @ReturnsPage(pageOf(sessionItem, 'SessionPage'))
  list(@CurrentUser() { id: userId }: CurrentUser, @Query({ schema: listQuery }) query: ListQuery) {
    const ofUser = eq(sessions.userId, userId);
    return listPage(query, {
      scope: { list: 'sessions', userId },
      rows: (limit, position) =>
        this.db
          .select()
          .from(sessions)
          .where(and(ofUser, after(sessions.createdAt, sessions.id, position)))
          .orderBy(desc(sessions.createdAt), desc(sessions.id))
          .limit(limit),
      count: (limit) =>
        this.db.$count(this.db.select({ id: sessions.id }).from(sessions).where(ofUser).limit(limit).as('counted')),
      toItem: ({ id }) => ({ id }),
    });
  }

  @Post('pay')
  @Returns(z.object({ key: z.string() }))
  pay(@IdempotencyKey() key: string) {
    return { key };
  }

  @Public()
  @Post('fail')
  async fail(@Body() { how }: { how: string }) {
    if (how === 'bug') throw new Error('the password is hunter2');
    if (how === 'rule') throw new DomainError(OWN_CODE, 'The balance is 5.', { balance: 5 });
    await this.db.execute(sql.raw(how));
  }
}

@Module({ controllers: [ThingsController] })
class ProbeModule {}

const schema = baseConfig.extend({ PORT: port.default(3999) });

export const probe = {
  module: ProbeModule,
  codes,
  config: (env?: Record<string, string | undefined>) => readServiceConfig('probe', schema, env),
};

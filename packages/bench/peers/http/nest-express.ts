import 'reflect-metadata';
import { createHash } from 'node:crypto';
import {
  type CanActivate,
  ClassSerializerInterceptor,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Module,
  Param,
  Query,
  Req,
  UnauthorizedException,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { Exclude, Expose, plainToInstance, Type } from 'class-transformer';
import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import { bigint, integer, jsonb, pgSchema, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

/** What most templates ship: Nest on Express, drizzle as its guide has it, answers by class-transformer. */
const db = drizzle(postgres(process.env.DATABASE_URL!, { max: 10 }));

const files = pgSchema('files').table('files', {
  id: uuid('id').primaryKey(),
  userId: uuid('user_id').notNull(),
  folderId: uuid('folder_id'),
  name: text('name').notNull(),
  mimeType: text('mime_type').notNull(),
  size: bigint('size', { mode: 'number' }).notNull(),
  metadata: jsonb('metadata').notNull(),
  version: integer('version').notNull(),
  createdAt: timestamp('created_at', { withTimezone: true }).notNull(),
  updatedAt: timestamp('updated_at', { withTimezone: true }).notNull(),
  deletedAt: timestamp('deleted_at', { withTimezone: true }),
});

const tags = sql<string[]>`(
  select coalesce(jsonb_agg(t.name order by t.name), '[]')
  from files.file_tags ft join files.tags t on t.user_id = ft.user_id and t.id = ft.tag_id
  where ft.user_id = files.files.user_id and ft.file_id = files.files.id)`;

@Exclude()
class FileResponse {
  @Expose() id!: string;
  @Expose() folderId!: string | null;
  @Expose() name!: string;
  @Expose() mimeType!: string;
  @Expose() size!: number;
  @Expose() tags!: string[];
  @Expose() metadata!: object;
  @Expose() version!: number;
  @Expose() createdAt!: Date;
  @Expose() updatedAt!: Date;
}

@Exclude()
class FilePage {
  @Expose() @Type(() => FileResponse) items!: FileResponse[];
  @Expose() nextCursor!: string | null;
}

type Asking = { headers: Record<string, string | undefined>; userId: string };

@Injectable()
class AuthGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Asking>();
    const hash = createHash('sha256')
      .update(request.headers.authorization?.replace('Bearer ', '') ?? '')
      .digest();
    const [session] = await db.execute(sql`select user_id, role, session_id from identity.authenticate(${hash})`);
    if (!session) throw new UnauthorizedException();
    request.userId = session.user_id as string;
    return true;
  }
}

@Controller('v1/files')
class FilesController {
  @Get(':id')
  async get(@Req() request: Asking, @Param('id') id: string) {
    const [file] = await db
      .select(selection())
      .from(files)
      .where(and(eq(files.userId, request.userId), eq(files.id, id), isNull(files.deletedAt)));
    return plainToInstance(FileResponse, file);
  }

  @Get()
  async list(@Req() request: Asking, @Query('limit') limit: string) {
    const rows = await db
      .select(selection())
      .from(files)
      .where(and(eq(files.userId, request.userId), isNull(files.deletedAt)))
      .orderBy(desc(files.createdAt), desc(files.id))
      .limit(Number(limit) + 1);
    const items = rows.slice(0, Number(limit));
    return plainToInstance(FilePage, { items, nextCursor: items.at(-1)?.id ?? null });
  }
}

function selection() {
  const { id, folderId, name, mimeType, size, metadata, version, createdAt, updatedAt } = files;
  return { id, folderId, name, mimeType, size, metadata, version, createdAt, updatedAt, tags };
}

@Module({
  controllers: [FilesController],
  providers: [
    { provide: APP_GUARD, useClass: AuthGuard },
    { provide: APP_INTERCEPTOR, useClass: ClassSerializerInterceptor },
  ],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(Number(process.env.PORT), '127.0.0.1');

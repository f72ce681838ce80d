import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProject, type Project } from '../cli/project.ts';

const env = { TEST_DATABASE_URL: process.env.TEST_DATABASE_URL! };
let project: Project;
beforeEach(() => {
  project = createProject();
});
afterEach(() => project.remove());

/** As TypeORM 0.3 and its first migration make it. */
const TYPEORM = `
  CREATE EXTENSION "uuid-ossp";
  CREATE TYPE "public"."user_role_enum" AS ENUM('admin', 'member');
  CREATE TABLE "user" ("id" uuid NOT NULL DEFAULT uuid_generate_v4(), "email" character varying NOT NULL,
    "role" "public"."user_role_enum" NOT NULL DEFAULT 'member', "createdAt" TIMESTAMP NOT NULL DEFAULT now(),
    CONSTRAINT "UQ_e12875dfb3b1d92d7d7c5377e22" UNIQUE ("email"), CONSTRAINT "PK_cace4a159ff9f2512dd42373760" PRIMARY KEY ("id"));
  CREATE TABLE "photo" ("id" SERIAL NOT NULL, "url" text NOT NULL, "userId" uuid,
    CONSTRAINT "PK_723fa50bf70dcfd06fb5a44d4ff" PRIMARY KEY ("id"));
  CREATE INDEX "IDX_4494006ff358f754d07df5ccc8" ON "photo" ("userId");
  ALTER TABLE "photo" ADD CONSTRAINT "FK_4494006ff358f754d07df5ccc87" FOREIGN KEY ("userId") REFERENCES "user"("id") ON DELETE CASCADE;
  CREATE TABLE "migrations" ("id" SERIAL NOT NULL, "timestamp" bigint NOT NULL, "name" character varying NOT NULL,
    CONSTRAINT "PK_8c82d7f526340ab734260ea46be" PRIMARY KEY ("id"));`;

/** As Prisma 6 makes it. */
const PRISMA = `
  CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');
  CREATE TABLE "User" ("id" TEXT NOT NULL, "email" TEXT NOT NULL, "role" "Role" NOT NULL DEFAULT 'USER',
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, "updatedAt" TIMESTAMP(3) NOT NULL,
    CONSTRAINT "User_pkey" PRIMARY KEY ("id"));
  CREATE TABLE "Post" ("id" SERIAL NOT NULL, "title" TEXT NOT NULL, "tags" TEXT[], "authorId" TEXT NOT NULL,
    CONSTRAINT "Post_pkey" PRIMARY KEY ("id"));
  CREATE TABLE "_PostToTag" ("A" INTEGER NOT NULL, "B" INTEGER NOT NULL, CONSTRAINT "_PostToTag_AB_pkey" PRIMARY KEY ("A","B"));
  CREATE UNIQUE INDEX "User_email_key" ON "User"("email");
  CREATE INDEX "_PostToTag_B_index" ON "_PostToTag"("B");
  ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
  CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count INTEGER NOT NULL DEFAULT 0);`;

test('coming from TypeORM, as the guide says', async () => {
  await takeOver(TYPEORM, 'migrations');
  // What the guide tells to correct by hand.
  project.edit(SCHEMA, /export const migrationsIdSeq = .*\n/.exec(project.read(SCHEMA))![0], '');
  await project.db(['generate', '--custom', '--name', 'extensions']);
  project.write('migrations/0000_extensions.sql', 'CREATE EXTENSION IF NOT EXISTS "uuid-ossp";');
  await project.db(['generate']);

  const refused = await project.db(['baseline', '--ignore', 'public.migrations', '--json'], { env });
  expect([refused.exit, refused.json.error.code]).toEqual([3, 'drift']);
  expect(refused.json.differences.map(({ name }: { name: string }) => name).sort()).toEqual([
    'public."user"."PK_cace4a159ff9f2512dd42373760"',
    'public."user".user_pkey',
    'public.photo."PK_723fa50bf70dcfd06fb5a44d4ff"',
    'public.photo.photo_pkey',
  ]);
  expect(refused.stderr).not.toContain('DROP TABLE');
  await project.query(`
    ALTER TABLE "user" RENAME CONSTRAINT "PK_cace4a159ff9f2512dd42373760" TO "user_pkey";
    ALTER TABLE "photo" RENAME CONSTRAINT "PK_723fa50bf70dcfd06fb5a44d4ff" TO "photo_pkey";`);
  await finish('public.migrations', ['0000_extensions', '0001_init']);
});

test('coming from Prisma, as the guide says', async () => {
  await takeOver(PRISMA, '_prisma_migrations');
  project.edit(
    SCHEMA,
    'columns: [table.b, table.a], name: "_PostToTag_AB_pkey"',
    'columns: [table.a, table.b], name: "_PostToTag_AB_pkey"',
  );
  await project.db(['generate']);
  await finish('public._prisma_migrations', ['0000_init']);
});

const SCHEMA = 'schema/index.ts';

/** A project without a migration, with the schema that drizzle-kit reads from a database. */
async function takeOver(sql: string, history: string): Promise<void> {
  await project.db(['create']);
  await project.query(sql);
  rmSync(join(project.directory, 'migrations'), { recursive: true });
  const bin = join(dirname(createRequire(import.meta.url).resolve('drizzle-kit')), 'bin.cjs');
  const options = ['--dialect', 'postgresql', '--url', project.url, '--out', 'pulled', '--tablesFilter', `!${history}`];
  const { status, stderr } = spawnSync(process.execPath, [bin, 'pull', ...options], {
    cwd: project.directory,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  project.write(SCHEMA, project.read('pulled/schema.ts'));
}

/** Marks, and drops the other tool's history in a migration, which is the last of it. */
async function finish(history: string, marked: string[]): Promise<void> {
  const { exit, json, stderr } = await project.db(['baseline', '--ignore', history, '--yes', '--json'], { env });
  expect([exit, stderr]).toEqual([0, expect.stringContaining(marked.at(-1)!)]);
  expect(json.marked).toEqual(marked);
  const { json: custom } = await project.db(['generate', '--custom', '--name', 'drop_old_history', '--json']);
  project.write(custom.file, `-- db: phase=contract\nDROP TABLE IF EXISTS ${history};`);
  expect((await project.db(['migrate', '--json'])).json.applied).toHaveLength(1);
  const check = await project.db(['drift', '--json'], { env });
  expect(check.json).toMatchObject({ ok: true, differences: [] });
}

import { setTimeout as sleep } from 'node:timers/promises';
import { migrate } from '@org/db-tools/migrator';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConnectedDatabase, openDatabase } from '../../src/connection.ts';
import { createFile, createTestDatabase, createUser, type TestDatabase } from '../../src/testing/index.ts';
import { createGuideProject, type GuideProject, readBlocks } from '../guides/guide-project.ts';

const LOCK_TIMEOUT = 500;
const ROWS = 50_000;
/** What the busy machine adds to a wait. */
const SLACK = 300;

/** As `pnpm db generate` writes it for the table of docs/guides/add-a-table.md. */
const ADD_A_TABLE = `
CREATE TABLE "files"."comments" (
  "id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
  "user_id" uuid NOT NULL,
  "file_id" uuid NOT NULL,
  "text" text NOT NULL
);
--> statement-breakpoint
ALTER TABLE "files"."comments" ADD CONSTRAINT "comments_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id");
--> statement-breakpoint
ALTER TABLE "files"."comments" ADD CONSTRAINT "comments_file_fk" FOREIGN KEY ("user_id","file_id") REFERENCES "files"."files"("user_id","id") ON DELETE cascade;
--> statement-breakpoint
CREATE INDEX "idx_comments_user_id_file_id" ON "files"."comments" USING btree ("user_id","file_id");`;

let database: TestDatabase;
let project: GuideProject;
let readers: ConnectedDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  project = createGuideProject();
  readers = openDatabase(database.url, { max: 2, applicationName: 'walk' });
  const owner = await createUser(database.db);
  const { id } = await createFile(database.db, { userId: owner.id });
  await database.db.execute(sql`
    insert into files.files select (jsonb_populate_record(f, jsonb_build_object('id', uuidv7(), 'name', 'file ' || n))).*
    from files.files f, generate_series(2, ${ROWS}::int) n where f.id = ${id}`);
});

afterAll(async () => {
  await readers.$client.end();
  await database.close();
  project.remove();
});

test('a table, a column, NOT NULL, a rename and a drop, as the guides say: no reader waits longer than the lock timeout', async () => {
  const steps = [ADD_A_TABLE, ...readBlocks('change-a-column-safely.md')];
  const tags = steps.map((text, index) => project.add(`walk_${index}`, text));
  await project.lint(tags);

  const over = new AbortController();
  const waits: number[] = [];
  const reading = repeat(over.signal, async () => {
    const begun = performance.now();
    await readers.execute(sql`select 1 from files.files limit 1`);
    await readers.execute(sql`select 1 from identity.users limit 1`);
    waits.push(performance.now() - begun);
    await sleep(2);
  });
  // A report now and then, longer than the lock timeout, is what an ALTER queues behind, and every reader behind the
  // ALTER.
  const reporting = repeat(over.signal, async () => {
    await readers.transaction(async (tx) => {
      await tx.execute(sql`select 1 from files.files limit 1`);
      await tx.execute(sql`select pg_sleep(${(LOCK_TIMEOUT * 2.5) / 1000})`);
    });
    await sleep(LOCK_TIMEOUT * 2);
  });

  let retries = 0;
  for (const tag of tags) {
    await migrate({
      url: database.url,
      directory: project.migrations,
      to: tag,
      lockTimeout: LOCK_TIMEOUT / 1000,
      onEvent({ type }) {
        if (type === 'retry') retries++;
      },
    });
  }
  over.abort();
  await Promise.all([reading, reporting]);

  const worst = Math.max(...waits);
  console.log(
    `${waits.length} reads beside ${tags.length} migrations with ${retries} retries: the longest took ${Math.round(worst)} ms`,
  );
  expect(worst).toBeLessThan(LOCK_TIMEOUT + SLACK);
  // Without a retry nobody queued, and the test would prove nothing.
  expect(retries).toBeGreaterThan(0);
  const [row] = await database.db.execute(
    sql`select count(*)::int as rows, count(media_type)::int as filled from files.files`,
  );
  expect(row).toEqual({ rows: ROWS, filled: ROWS });
});

async function repeat(signal: AbortSignal, work: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) await work();
}

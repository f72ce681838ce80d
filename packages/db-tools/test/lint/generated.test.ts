import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  char,
  check,
  customType,
  date,
  doublePrecision,
  foreignKey,
  index,
  inet,
  integer,
  interval,
  jsonb,
  numeric,
  type PgTableExtraConfigValue,
  pgPolicy,
  pgSchema,
  pgSequence,
  pgTable,
  pgView,
  point,
  primaryKey,
  real,
  serial,
  smallint,
  text,
  time,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
  varchar,
} from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import { diffSnapshots, takeSnapshot } from '../../src/generate/drizzle-kit.ts';
import { emptySnapshot } from '../../src/generate/snapshot.ts';
import { lint } from '../../src/lint/lint.ts';
import { migrate } from '../../src/migrator/index.ts';
import { createDatabase } from '../migrator/database.ts';
import { createProject } from '../migrator/project.ts';

const shop = pgSchema('shop');
const state = shop.enum('state', ['draft', 'open', 'in progress']);
const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
const money = customType<{ data: string }>({ dataType: () => 'numeric(12, 2)' });

/** Every kind of column, index and constraint that drizzle-kit writes, in sixty tables that point to one another. */
function broadSchema(): Record<string, unknown> {
  const owners = shop.table('owners', {
    id: uuid().primaryKey().default(sql`gen_random_uuid()`),
    email: text().notNull().unique(),
    "name with spaces and 'quotes'": text(),
  });
  const tables: Record<string, unknown> = { shop, state, owners, counter: pgSequence('counter', { startWith: 10 }) };
  for (let n = 0; n < 60; n++) {
    const table = shop.table(
      `table_${n}`,
      {
        id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
        ownerId: uuid('owner_id')
          .notNull()
          .references(() => owners.id, { onDelete: 'cascade' }),
        parentId: bigint('parent_id', { mode: 'number' }),
        state: state().notNull().default('open'),
        states: state().array().notNull().default([]),
        a: integer().notNull(),
        b: smallint().default(1),
        c: serial(),
        d: bigserial({ mode: 'number' }),
        e: boolean().notNull().default(false),
        f: varchar({ length: 20 }).default("it's; a --> trap"),
        g: char({ length: 3 }),
        h: numeric({ precision: 12, scale: 2 }),
        i: real(),
        j: doublePrecision(),
        k: jsonb().notNull().default({ a: 1 }),
        l: timestamp({ withTimezone: true, precision: 3 }).notNull().defaultNow(),
        m: timestamp(),
        n: date(),
        o: time(),
        p: interval(),
        q: inet(),
        r: point(),
        s: bytes(),
        t: text().array(),
        u: money(),
        v: integer().generatedAlwaysAs(sql`"a" + 1`),
      },
      (t): PgTableExtraConfigValue[] => [
        index(`idx_table_${n}_owner_id`).on(t.ownerId),
        index(`idx_table_${n}_parent_id`).on(t.parentId).where(sql`${t.parentId} is not null`),
        uniqueIndex(`idx_table_${n}_lower`).on(sql`lower(${t.f})`),
        index(`idx_table_${n}_k`).using('gin', t.k),
        index(`idx_table_${n}_concurrent`).on(t.l.desc(), t.a).concurrently(),
        unique(`table_${n}_a_b`).on(t.a, t.b).nullsNotDistinct(),
        // drizzle-kit 0.31.11 cuts a CHECK at a semicolon.
        check(`table_${n}_check`, sql`${t.a} > 0 and ${t.f} <> 'it''s'`),
        foreignKey({ columns: [t.parentId], foreignColumns: [t.id], name: `table_${n}_parent_fk` }),
        pgPolicy(`table_${n}_owner`, { for: 'select', using: sql`true` }),
      ],
    );
    tables[`table${n}`] = table;
    tables[`pairs${n}`] = pgTable(
      `pairs_${n}`,
      {
        left: bigint({ mode: 'number' }).references(() => table.id),
        right: bigint({ mode: 'number' }).references(() => table.id),
      },
      (t) => [primaryKey({ columns: [t.left, t.right] }), index(`idx_pairs_${n}_right`).on(t.right)],
    );
    tables[`view${n}`] = pgView(`view_${n}`).as((qb) => qb.select().from(table));
  }
  return tables;
}

test('what drizzle-kit writes for new tables raises no alarm, and runs', async () => {
  const after = await takeSnapshot(broadSchema(), '');
  const statements = await diffSnapshots(emptySnapshot(), after);
  const sql = statements.join('--> statement-breakpoint\n');
  const findings = await lint([{ path: '0000_init.sql', sql }], { after });

  expect(statements.length).toBeGreaterThan(700);
  expect(findings.filter(({ level }) => level === 'error')).toEqual([]);

  const { url } = await createDatabase();
  const { applied } = await migrate({ url, directory: createProject({ '0000_init': sql }).directory });
  expect(applied).toHaveLength(1);
});

test('the same tables in two files of one batch raise none either', async () => {
  const after = await takeSnapshot(broadSchema(), '');
  const statements = await diffSnapshots(emptySnapshot(), after);
  const isTable = (statement: string) => /^CREATE (SCHEMA|TYPE|SEQUENCE|TABLE)/.test(statement);
  const files = [statements.filter(isTable), statements.filter((statement) => !isTable(statement))];
  const findings = await lint(
    files.map((part, n) => ({ path: `000${n}_part.sql`, sql: part.join('--> statement-breakpoint\n') })),
    { after },
  );
  expect(findings.filter(({ level }) => level === 'error')).toEqual([]);
});

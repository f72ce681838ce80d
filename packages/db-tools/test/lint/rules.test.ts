import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/generate/snapshot.ts';
import { type Finding, lint } from '../../src/lint/lint.ts';
import { rules } from '../../src/lint/rules/index.ts';
import { migrate } from '../../src/migrator/index.ts';
import { cloneDatabase } from '../../src/testing/index.ts';
import { connectTo } from '../migrator/database.ts';
import { createProject } from '../migrator/project.ts';
import { CASES, SETUP } from './cases.ts';

const named = CASES.map((one, index) => ({
  ...one,
  title: `${index} ${one.rule}: ${one.unsafe.replace(/\s+/g, ' ').slice(0, 70)}`,
}));

test.each(named)('$title is found', async ({ rule, unsafe, says, after }) => {
  const findings = await lintOne(unsafe, after ? [after] : []);
  const found = findings.find((finding) => finding.rule === rule);
  expect(findings.map((finding) => finding.rule)).toContain(rule);
  if (says) expect(found!.message).toContain(says);
  expect(found!.level).toBe('error');
});

test.each(named.flatMap(({ rule, fine = [] }) => fine.map((sql) => ({ rule, sql }))))(
  '$rule lets pass: $sql',
  async ({ sql }) => {
    expect(await errorsOf(sql)).toEqual([]);
  },
);

test('each rule of ours has a case that it finds', () => {
  expect(rules.map(({ name }) => name).filter((name) => !CASES.some(({ rule }) => rule === name))).toEqual([]);
});

describe('the safe form that is printed', () => {
  const withForm = named.filter(({ rule }) => rules.some(({ name }) => name === rule));

  test.each(withForm)('$title passes the lint and runs on a table with rows', async ({ rule, unsafe, after }) => {
    const given = after ? [after] : [];
    const [finding] = (await lintOne(unsafe, given)).filter((found) => found.rule === rule);
    const files = finding!.safe.flatMap((step) => ('sql' in step ? [step.sql] : []));
    expect(files.length).toBeGreaterThan(0);
    for (const [index, sql] of files.entries()) {
      expect(await errorsOf(sql, [...given, ...files.slice(0, index)])).toEqual([]);
    }

    const { url, drop } = await shop();
    const { directory } = createProject(
      Object.fromEntries([...given, ...files].map((sql, index) => [`000${index}_safe`, sql])),
    );
    try {
      const { applied } = await migrate({ url, directory });
      expect(applied).toHaveLength(given.length + files.length);
    } finally {
      await drop();
    }
  });
});

test('a safe form names the tables and columns of the one who wrote the migration', async () => {
  const [finding] = await lintOne('ALTER TABLE "shop"."items" ADD COLUMN "Check Sum" integer NOT NULL');
  expect(finding).toMatchObject({
    file: '0001_test.sql',
    line: 1,
    rule: 'not-null-without-default',
    safe: [
      { migration: 'add_items_check_sum', sql: 'ALTER TABLE "shop"."items" ADD COLUMN "Check Sum" integer;' },
      { do: 'release code that writes "Check Sum"' },
      { sql: expect.stringContaining('UPDATE "shop"."items" SET "Check Sum" = 0 WHERE "Check Sum" IS NULL') },
      { sql: expect.stringContaining('VALIDATE CONSTRAINT "items_Check Sum_not_null_check"') },
    ],
  });
});

test('the printed backfill fills every row, also those written meanwhile, some pages at a time', async () => {
  const { url, drop } = await shop();
  const sql = connectTo(url, 2);
  try {
    await sql.unsafe(`insert into shop.items (id) select n from generate_series(10000, 60000) n`);
    const [finding] = await lintOne('alter table shop.items add column checksum text not null');
    const files = finding!.safe.flatMap((step) => ('sql' in step ? [step.sql] : []));
    const { directory } = createProject(Object.fromEntries(files.map((text, index) => [`000${index}_safe`, text])));
    await migrate({ url, directory });
    expect(
      await sql`select count(*)::int as n, count(distinct xmin::text)::int > 2 as batched from shop.items where checksum = ''`,
    ).toEqual([{ n: 52001, batched: true }]);
    await expect(sql`insert into shop.items (id, checksum) values (-1, null)`).rejects.toMatchObject({ code: '23502' });
  } finally {
    await sql.end();
    await drop();
  }
});

test('what takes the place of a column is not filled where that column is NULL', async () => {
  const [finding] = await lintOne('alter table shop.items rename code to sku');
  const [, backfill] = finding!.safe.flatMap((step) => ('sql' in step ? [step.sql] : []));
  expect(backfill).toContain(`SET "sku" = "code" WHERE "sku" IS NULL AND "code" IS NOT NULL`);
});

test('a table that an earlier file of the batch made is new', async () => {
  const files = [
    { path: '0001_a.sql', sql: 'create table shop.fresh (id int primary key, owner_id int)' },
    {
      path: '0002_b.sql',
      sql: 'create index on shop.fresh (owner_id); alter table shop.fresh add column n text not null',
    },
  ];
  const errors = async (batch: typeof files) => (await lint(batch)).filter(({ level }) => level === 'error');
  expect(await errors(files)).toEqual([]);
  expect((await errors(files.slice(1))).map(({ rule }) => rule)).toEqual([
    'require-concurrent-index-creation',
    'not-null-without-default',
  ]);
});

test('an exception is for its rule and, above a statement, for that statement alone', async () => {
  const sql = `-- squawk-ignore ban-drop-column -- unused since 2.3
alter table shop.items drop column amount;
alter table shop.items drop column code;
drop table shop.owners;`;
  expect((await lintOne(sql)).map(({ line }) => line)).toEqual([3, 4]);
  expect(await errorsOf(sql.replace('ignore', 'ignore-file').replace('drop table shop.owners;', ''))).toEqual([]);
  expect(
    (await lintOne('-- db: allow=set-not-null reason=small\nalter table shop.items drop column code')).map(
      ({ rule }) => rule,
    ),
  ).toEqual(['drop-without-contract']);
});

test('what a schema may choose is told, and fails nothing', async () => {
  const findings = await lintOne('create table shop.fresh (id serial primary key, code varchar(3), at timestamp)');
  expect(new Set(findings.map(({ level }) => level))).toEqual(new Set(['info']));
  expect(findings.map(({ rule }) => rule)).toContain('prefer-identity');
});

test('the place of a finding holds behind text that is not ASCII', async () => {
  const sql = `select 'ä€😀', 'ä€😀ä€😀ä€😀ä€😀ä€😀'; truncate shop.owners cascade; alter table shop.items add column a uuid default gen_random_uuid();`;
  const found = await lintOne(`\n${sql}`);
  expect(found.map(({ rule, sql: text }) => `${rule} ${text?.slice(0, 5)}`)).toEqual([
    'ban-truncate-cascade trunc',
    'adding-field-with-default alter',
  ]);
});

function shop() {
  return cloneDatabase({
    serverUrl: process.env.TEST_DATABASE_URL!,
    key: `lint shop ${SETUP}`,
    prepare: async (url) => {
      const sql = connectTo(url, 1);
      await sql.unsafe(SETUP);
      await sql.end();
    },
  });
}

async function lintOne(sql: string, earlier: string[] = []): Promise<Finding[]> {
  return await lint([{ path: '0001_test.sql', sql }], {
    before: SNAPSHOT,
    after: SNAPSHOT,
    earlier: () => [SETUP, ...earlier],
  });
}

async function errorsOf(sql: string, earlier: string[] = []): Promise<Finding[]> {
  return (await lintOne(sql, earlier)).filter(({ level }) => level === 'error');
}

const column = (name: string, type: string, primaryKey = false) => ({ name, type, primaryKey, notNull: primaryKey });
const nothing = {
  indexes: {},
  foreignKeys: {},
  compositePrimaryKeys: {},
  uniqueConstraints: {},
  checkConstraints: {},
  policies: {},
};

/** The shop as drizzle-kit would note it. */
const SNAPSHOT = {
  tables: {
    'shop.items': {
      name: 'items',
      schema: 'shop',
      ...nothing,
      columns: {
        id: column('id', 'integer', true),
        owner_id: column('owner_id', 'integer'),
        name: column('name', 'text'),
        code: column('code', 'varchar(20)'),
        amount: column('amount', 'text'),
        price: column('price', 'integer'),
        state: { ...column('state', 'state'), typeSchema: 'shop', notNull: true },
      },
    },
    'shop.owners': { name: 'owners', schema: 'shop', ...nothing, columns: { id: column('id', 'integer', true) } },
  },
  enums: { 'shop.state': { name: 'state', schema: 'shop', values: ['draft', 'open', 'done'] } },
} as unknown as Snapshot;

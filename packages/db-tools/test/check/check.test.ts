import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { check } from '../../src/check/check.ts';
import type { CheckFinding } from '../../src/check/finding.ts';
import { loadConfig } from '../../src/config.ts';
import { parseDatabaseUrl, targetName } from '../../src/connection/url.ts';
import { generateCustom } from '../../src/generate/index.ts';
import { chooseAll } from '../../src/lint/choose-files.ts';
import { migrate } from '../../src/migrator/index.ts';
import { createProject, type Project } from '../cli/project.ts';
import { createDatabase } from '../migrator/database.ts';

let project: Project;
beforeEach(() => {
  project = createProject();
  generateCustom(join(project.directory, 'migrations'), 'fill_countries');
  project.write('migrations/0001_fill_countries.sql', "insert into countries values ('de', 'Germany');");
});
afterEach(() => project.remove());

test('a folder as db generate leaves it is fine', async () => {
  expect(await run()).toEqual([]);
});

const SECOND = 'meta/0001_snapshot.json';

interface Broken {
  code: string;
  /** What the finding says or tells to type. */
  says: string | RegExp;
  at?: string;
  break: () => void;
}

const BROKEN: Record<string, Broken> = {
  'no journal': { code: 'journal-missing', says: 'git checkout', break: () => remove('meta/_journal.json') },
  'a journal that is no JSON': {
    code: 'journal-unreadable',
    says: 'no JSON',
    break: () => put('meta/_journal.json', '{'),
  },
  'a journal with a conflict': {
    code: 'journal-unreadable',
    says: 'pnpm db rebase',
    break: () => put('meta/_journal.json', '<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> theirs\n'),
  },
  'a journal without entries': {
    code: 'journal-unreadable',
    says: 'no list',
    break: () => put('meta/_journal.json', '{}'),
  },
  'an entry without a stamp': { code: 'entry-unusable', says: 'Entry 2', break: () => entry(1, { when: 'soon' }) },
  'a tag twice': { code: 'tag-twice', says: '0000_init', break: () => entry(1, { tag: '0000_init' }) },
  'two branches with the same number': {
    code: 'numbers-not-contiguous',
    says: 'pnpm db rebase',
    break: () => entry(1, { idx: 0 }),
  },
  'a gap in the numbers': { code: 'numbers-not-contiguous', says: 'the number 2', break: () => entry(1, { idx: 2 }) },
  'a stamp twice': {
    code: 'when-not-increasing',
    says: 'the same "when" as 0000_init',
    break: () => entry(1, { when: stamp(0) }),
  },
  'an older stamp': {
    code: 'when-not-increasing',
    says: 'an older "when"',
    break: () => entry(1, { when: stamp(0) - 1 }),
  },
  'an odd name': {
    code: 'name-odd',
    says: '0001_fill_countries',
    break: () => {
      entry(1, { tag: '0001_Fill Countries' });
      rename('0001_fill_countries.sql', '0001_Fill Countries.sql');
    },
  },
  'an entry without a file': {
    code: 'file-missing',
    says: 'It was never committed',
    break: () => remove('0001_fill_countries.sql'),
  },
  'a file without an entry': {
    code: 'file-unlisted',
    says: 'pnpm db generate --custom --name by_hand',
    break: () => put('0002_by_hand.sql', 'select 1'),
  },
  'an empty file': {
    code: 'file-empty',
    says: 'no statement',
    break: () => put('0001_fill_countries.sql', '-- nothing\n'),
  },
  'Latin-1': {
    code: 'file-not-utf8',
    says: 'iconv',
    break: () => put('0001_fill_countries.sql', Buffer.from("select 'ä'", 'latin1')),
  },
  'a byte order mark': { code: 'file-bom', says: 'sed', break: () => put('0001_fill_countries.sql', '\uFEFFselect 1') },
  'Windows line ends': {
    code: 'file-crlf',
    says: 'eol=lf',
    break: () => put('0001_fill_countries.sql', 'select 1;\r\nselect 2;'),
  },
  'a missing snapshot': { code: 'snapshot-missing', says: 'git checkout', break: () => remove(SECOND) },
  'a snapshot too many': {
    code: 'snapshot-unlisted',
    says: 'rm ',
    break: () =>
      put('meta/0002_snapshot.json', JSON.stringify({ ...snapshot(SECOND), id: 'x', prevId: snapshot(SECOND).id })),
  },
  'a snapshot that is no JSON': {
    code: 'snapshot-unreadable',
    says: 'git checkout',
    break: () => put(SECOND, '<<<<<<<'),
  },
  'a fork': {
    code: 'snapshot-fork',
    says: 'pnpm db rebase',
    break: () =>
      put(SECOND, JSON.stringify({ ...snapshot(SECOND), prevId: snapshot('meta/0000_snapshot.json').prevId })),
  },
  'a snapshot that follows none': {
    code: 'snapshot-orphan',
    says: 'is not there',
    break: () => put(SECOND, JSON.stringify({ ...snapshot(SECOND), prevId: 'gone' })),
  },
  'a copied snapshot': {
    code: 'snapshot-twice',
    says: 'the id of 0000',
    break: () => put(SECOND, read('meta/0000_snapshot.json')),
  },
  'a schema that is ahead': {
    code: 'schema-ahead',
    says: 'pnpm db generate',
    at: 'schema/index.ts',
    break: () => project.edit('schema/index.ts', 'name: text().notNull(),', 'name: text().notNull(), area: integer(),'),
  },
  'a schema that asks a question': {
    code: 'schema-ahead',
    says: '--rename public.countries.name=label',
    break: () => project.edit('schema/index.ts', 'name: text().notNull(),', 'label: text().notNull(),'),
  },
  'a schema that cannot be loaded': {
    code: 'schema-broken',
    says: 'cannot be loaded',
    break: () => project.edit('schema/index.ts', 'export const sales', 'nothing();\nexport const sales'),
  },
  'a migration without a way back': {
    code: 'down-missing',
    says: 'irreversible reason=',
    break: () => {
      remove('0001_fill_countries.down.sql');
      put('0000_init.down.sql', 'drop table countries');
    },
  },
  'a way back without reason': {
    code: 'down-without-reason',
    says: 'reason=<why>',
    break: () => put('0001_fill_countries.down.sql', '-- db: irreversible\n'),
  },
  'an empty way back': {
    code: 'file-empty',
    says: 'no statement',
    break: () => put('0001_fill_countries.down.sql', '\n'),
  },
  'a way back from nothing': { code: 'down-unlisted', says: 'rm ', break: () => put('0007_x.down.sql', 'select 1') },
  'a dangerous migration': {
    code: 'drop-without-contract',
    says: 'pnpm db lint',
    at: '0001_fill_countries.sql',
    break: () => put('0001_fill_countries.sql', 'drop function f()'),
  },
  'SQL that nobody can read': {
    code: 'unreadable-sql',
    says: 'not closed',
    break: () => put('0001_fill_countries.sql', "select 'open"),
  },
};

describe('offline it finds', () => {
  test.each(Object.entries(BROKEN))('%s', async (_, { code, says, at, break: breakIt }) => {
    breakIt();
    const findings = await run();
    const found = findings.find((finding) => finding.code === code);
    expect(findings.map((finding) => finding.code)).toContain(code);
    expect(`${found!.message}\n${found!.fix}`).toMatch(says);
    if (at) expect(found!.at).toContain(at);
    expect(found!.fix).not.toBe('');
  });

  test('nothing in a way back that says why there is none', async () => {
    put('0001_fill_countries.down.sql', '-- db: irreversible reason=the rows may be used by then\n');
    expect(await run()).toEqual([]);
  });
});

describe('with a database it finds', () => {
  test('nothing in one that is migrated', async () => {
    const { url } = await migrated();
    expect(await run(url)).toEqual([]);
  });

  test('an edited migration, an INVALID index and a constraint that old rows were not checked against', async () => {
    const { url, sql } = await migrated();
    await sql.unsafe(`insert into countries values ('fr', 'x'), ('it', 'x')`);
    await sql.unsafe('create unique index concurrently broken on countries (name)').catch(() => {});
    await sql.unsafe('alter table countries add constraint "Named" check (length(name) > 1) not valid');
    put('0001_fill_countries.sql', "insert into countries values ('de', 'Deutschland');");
    expect(await run(url)).toMatchObject([
      { code: 'history', at: '0001_fill_countries', fix: expect.stringContaining('pnpm db repair') },
      {
        code: 'index-invalid',
        at: 'public.broken',
        fix: expect.stringContaining('DROP INDEX CONCURRENTLY public.broken;'),
      },
      {
        code: 'constraint-not-valid',
        fix: expect.stringContaining('ALTER TABLE countries VALIDATE CONSTRAINT "Named"'),
      },
    ]);
  });
});

test('a table that no migration made, and a history that stops in the middle of a file', async () => {
  const { url, sql } = await migrated();
  await sql.unsafe('create table by_hand (id int primary key)');
  expect(await run(url)).toMatchObject([
    { code: 'drift', at: 'table public.by_hand', fix: expect.stringContaining('pnpm db drift') },
  ]);
  await sql.unsafe('drop table by_hand');
  generateCustom(join(project.directory, 'migrations'), 'half');
  put('0002_half.sql', '-- db: transaction=each\nselect 1;\nselect 1 / 0;');
  await migrate({ url, directory: join(project.directory, 'migrations') }).catch(() => {});
  expect(await run(url)).toMatchObject([{ code: 'history-mismatch', message: expect.stringContaining('0002_half') }]);
});

async function run(url?: string): Promise<CheckFinding[]> {
  const config = await loadConfig({ cwd: project.directory });
  const target = url
    ? {
        url,
        connection: parseDatabaseUrl(url),
        name: targetName(parseDatabaseUrl(url)),
        source: 'test',
        connectTimeout: 5,
      }
    : undefined;
  const { findings } = await check({
    config,
    choose: () => chooseAll(config.migrations),
    ...(target ? { database: { target, env: process.env } } : {}),
  });
  return findings;
}

async function migrated() {
  const database = await createDatabase();
  await migrate({ url: database.url, directory: join(project.directory, 'migrations') });
  return database;
}

const file = (name: string) => join(project.directory, 'migrations', name);

function put(name: string, content: string | Buffer): void {
  mkdirSync(dirname(file(name)), { recursive: true });
  writeFileSync(file(name), content);
}

function read(name: string): string {
  return readFileSync(file(name), 'utf8');
}

function remove(name: string): void {
  rmSync(file(name));
}

function rename(from: string, to: string): void {
  renameSync(file(from), file(to));
}

function snapshot(name: string): { id: string; prevId: string } {
  return JSON.parse(read(name));
}

function stamp(index: number): number {
  return JSON.parse(read('meta/_journal.json')).entries[index].when;
}

function entry(index: number, change: Record<string, unknown>): void {
  const journal = JSON.parse(read('meta/_journal.json'));
  Object.assign(journal.entries[index], change);
  put('meta/_journal.json', JSON.stringify(journal));
}

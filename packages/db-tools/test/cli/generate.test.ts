import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { createProject, type Project } from './project.ts';

const SCHEMA = 'schema/index.ts';
// Each step is a process, and a loaded machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

const projects: Project[] = [];
let project: Project;
beforeEach(() => {
  project = createProject();
  projects.push(project);
});
afterAll(() => Promise.all(projects.map((each) => each.remove())));

/** What stock drizzle-kit says to the same folder. */
function drizzleKitGenerate(): string {
  const bin = join(dirname(createRequire(import.meta.url).resolve('drizzle-kit')), 'bin.cjs');
  const args = ['generate', '--dialect', 'postgresql', '--schema', SCHEMA, '--out', 'migrations'];
  const { stdout, stderr } = spawnSync(process.execPath, [bin, ...args], { cwd: project.directory, encoding: 'utf8' });
  return stdout + stderr;
}

test('without a change nothing is written and no database is needed, --auto and --check included', async () => {
  const before = project.migrations();
  const nowhere = { url: 'postgres://app@127.0.0.1:20001/app', env: { CI: 'true' } };
  for (const flags of [['--auto'], ['--check']]) {
    const { exit, json } = await project.db(['generate', ...flags, '--json'], nowhere);
    expect([exit, json]).toEqual([0, { ok: true, changed: false }]);
  }
  expect(project.migrations()).toEqual(before);
});

test('a new column becomes a migration named after it, which migrate applies', async () => {
  await project.db(['prepare']);
  project.edit(SCHEMA, 'note: text(),', `note: text(), couponCode: text('coupon_code'),`);
  const check = await project.db(['generate', '--check', '--json']);
  expect(check.exit).toBe(3);
  expect(check.json).toMatchObject({ error: { code: 'schema_ahead', hint: 'pnpm db generate' } });

  const { exit, json } = await project.db(['generate', '--json']);
  expect(exit).toBe(0);
  expect(json).toMatchObject({ changed: true, tag: '0001_add_orders_coupon_code' });
  expect(project.read('migrations/0001_add_orders_coupon_code.sql')).toBe(
    'ALTER TABLE "sales"."orders" ADD COLUMN "coupon_code" text;',
  );
  expect(json).toMatchObject({ down: 'migrations/0001_add_orders_coupon_code.down.sql', findings: [] });
  expect(project.read(json.down)).toBe('ALTER TABLE "sales"."orders" DROP COLUMN "coupon_code";');
  const { entries } = JSON.parse(project.read('migrations/meta/_journal.json'));
  expect(entries[1].when).toBeGreaterThan(entries[0].when);
  expect((await project.db(['migrate', '--json'])).json.applied).toMatchObject([{ tag: json.tag }]);
});

test('what may be a rename is a question, answered by the flags that the error gives; stock drizzle-kit goes on from there', async () => {
  await project.db(['prepare']);
  project.edit(SCHEMA, 'note: text(),', 'remark: text(),');
  project.edit(SCHEMA, 'table.note', 'table.remark');
  const before = project.migrations();
  const asked = await project.db(['generate', '--json']);
  expect(asked.exit).toBe(2);
  expect(asked.json.error.message).toBe('Is the column sales.orders.remark new, or is it sales.orders.note renamed?');
  expect(asked.json.error.hint).toContain('db generate --rename sales.orders.note=remark');
  expect(asked.json.error.hint).toContain('db generate --create sales.orders.remark --drop sales.orders.note');
  expect(asked.json.questions).toMatchObject([{ kind: 'column', added: ['sales.orders.remark'] }]);
  expect(project.migrations()).toEqual(before);

  await project.query(`update sales.orders set note = 'kept'`);
  const { json } = await project.db(['generate', '--rename', 'sales.orders.note=remark', '--json']);
  expect(json.tag).toBe('0001_rename_orders_note_to_remark');
  expect(json.statements).toEqual([
    'ALTER TABLE "sales"."orders" RENAME COLUMN "note" TO "remark";',
    'ALTER TABLE "sales"."orders" RENAME CONSTRAINT "orders_country_code_note_unique" TO "orders_country_code_remark_unique";',
  ]);
  expect((await project.db(['migrate'])).exit).toBe(0);
  expect(await project.query('select remark from sales.orders limit 1')).toEqual([{ remark: 'kept' }]);
  expect(drizzleKitGenerate()).toContain('No schema changes');
});

test('--auto writes for a local database alone, and only what needs no decision', async () => {
  await project.db(['prepare']);
  project.edit(SCHEMA, 'note: text(),', 'note: text(), extra: text(),');
  const before = project.migrations();
  const refusals: { env?: Record<string, string>; url?: string }[] = [
    { env: { CI: 'true' } },
    { url: 'postgres://app:s3cret@db.example.com/app' },
  ];
  for (const options of refusals) {
    const { exit, json, stderr } = await project.db(['generate', '--auto', '--json'], options);
    expect([exit, json.error.code, json.error.hint]).toEqual([3, 'schema_ahead', 'pnpm db generate']);
    expect(stderr).not.toContain('s3cret');
  }
  expect(project.migrations()).toEqual(before);
  expect((await project.db(['generate', '--auto', '--json'])).json.tag).toBe('0001_add_orders_extra');

  project.edit(SCHEMA, 'extra: text(),', 'other: text(),');
  const undecided = await project.db(['generate', '--auto', '--json']);
  expect(undecided.exit).toBe(3);
  expect(undecided.json.error.hint).toContain('db generate --rename sales.orders.extra=other');
});

test('with --auto, what the lint objects to or what loses data is written, and stops what would apply it', async () => {
  await project.db(['prepare']);
  project.edit(SCHEMA, '    note: text(),\n', '');
  project.edit(SCHEMA, '    unique().on(table.countryCode, table.note),\n', '');
  const { exit, json, stderr } = await project.db(['generate', '--auto', '--json']);
  expect([exit, json.error.code]).toEqual([3, 'migration_to_be_read']);
  expect(json.error.message).toMatch(/^The lint objects to 0001_\w+\. Nothing was applied\.$/);
  expect(json.error.hint).toBe(`Change ${json.file}, or keep it as it is: pnpm db:migrate`);
  expect(stderr).toContain('-- db: phase=contract');
  expect(project.read(json.file)).toContain('DROP COLUMN "note"');
  // Kept as it is: nothing is left to generate, so the next db:migrate goes on.
  expect((await project.db(['generate', '--auto', '--json'])).json).toEqual({ ok: true, changed: false });

  // What has no way back but takes nothing away goes on.
  project.edit(SCHEMA, `['open', 'paid']`, `['open', 'paid', 'void']`);
  expect((await project.db(['generate', '--auto', '--json'])).json.irreversible).toContain('new value void');
  // The lint knows not every loss.
  project.edit(SCHEMA, 'id: uuid()', 'number: integer().generatedAlwaysAsIdentity(), id: uuid()');
  await project.db(['generate']);
  project.edit(SCHEMA, 'integer().generatedAlwaysAsIdentity()', 'integer().notNull()');
  const lost = await project.db(['generate', '--auto', '--json']);
  expect([lost.exit, lost.json.findings]).toEqual([3, []]);
  expect(lost.json.error.message).toMatch(
    /^0004_\w+ loses data: where the identity of sales.orders.number stood is gone\. Nothing was applied\.$/,
  );
});

test('--custom writes an empty migration under the given name; two of them differ', async () => {
  expect((await project.db(['generate', '--custom', '--json'])).json.error.code).toBe('name_missing');
  expect((await project.db(['generate', '--custom', '--name', 'Fill notes', '--json'])).json.tag).toBe(
    '0001_fill_notes',
  );
  expect((await project.db(['generate', '--custom', '--name', 'fill_again', '--json'])).json.tag).toBe(
    '0002_fill_again',
  );
  const files = project.migrations();
  expect(files['0001_fill_notes.down.sql']).toMatch(/^-- db: irreversible reason=its way back is not written yet\n/);
  expect(files['0001_fill_notes.sql']).not.toBe(files['0002_fill_again.sql']);
});

test('what loses data says so in its down file, and the lint what to write instead', async () => {
  project.edit(SCHEMA, '    note: text(),\n', '');
  project.edit(SCHEMA, '    unique().on(table.countryCode, table.note),\n', '');
  const { exit, json, stderr } = await project.db(['generate', '--json']);
  expect(exit).toBe(0);
  expect(json).toMatchObject({
    irreversible: 'the values of sales.orders.note are gone',
    findings: [{ rule: 'drop-without-contract', level: 'error', file: json.file }],
  });
  expect(stderr).toContain('-- db: phase=contract');
  const [header, , ...statements] = project.read(json.down).split('\n');
  expect(header).toBe('-- db: irreversible reason=the values of sales.orders.note are gone');
  expect(statements.join('\n')).toContain('ALTER TABLE "sales"."orders" ADD COLUMN "note" text;');
});

test('the first migration brings the line ends of the folder along; a file in the place of one stops it before anything is there', async () => {
  rmSync(join(project.directory, 'migrations'), { recursive: true });
  const { json } = await project.db(['generate', '--json']);
  expect(json.tag).toBe('0000_init');
  expect(project.read('migrations/.gitattributes')).toContain('*.sql text eol=lf');

  rmSync(join(project.directory, 'migrations'), { recursive: true });
  mkdirSync(join(project.directory, 'migrations'));
  project.write('migrations/0000_init.down.sql', 'mine');
  const refused = await project.db(['generate', '--json']);
  expect([refused.exit, refused.json.error.code]).toEqual([3, 'journal_mismatch']);
  expect(project.migrations()).toEqual({ '0000_init.down.sql': 'mine' });
});

test('a schema that throws, exports nothing or names an index twice is a sentence, and nothing is written', async () => {
  const before = project.migrations();
  const schema = project.read(SCHEMA);
  const cases: [string, string, RegExp][] = [
    [`throw new Error('no such thing');`, 'schema_broken', /cannot be loaded: no such thing/],
    ['export const nothing = 1;', 'schema_empty', /exports no table/],
    [
      schema.replace('unique()', `index('idx_orders_country_code').on(table.total), unique()`),
      'schema_invalid',
      /duplicated index name across sales schema/,
    ],
  ];
  for (const [text, code, message] of cases) {
    project.write(SCHEMA, text);
    const { exit, json } = await project.db(['generate', '--json']);
    expect([exit, json.error.code]).toEqual([1, code]);
    expect(json.error.message).toMatch(message);
  }
  expect(project.migrations()).toEqual(before);
});

test('a journal with conflicts and two snapshots with one parent are refused with exit 3', async () => {
  project.edit(SCHEMA, 'note: text(),', 'note: text(), extra: text(),');
  const snapshot = project.read('migrations/meta/0000_snapshot.json');
  const journal = project.read('migrations/meta/_journal.json');
  project.write('migrations/meta/_journal.json', `<<<<<<< HEAD\n${journal}`);
  const conflict = await project.db(['generate', '--json']);
  expect([conflict.exit, conflict.json.error.code]).toEqual([3, 'journal_mismatch']);

  const entries = JSON.parse(journal);
  entries.entries.push({ ...entries.entries[0], idx: 1, when: entries.entries[0].when + 1, tag: '0001_theirs' });
  project.write('migrations/meta/_journal.json', JSON.stringify(entries));
  project.write('migrations/0001_theirs.sql', 'select 1;');
  project.write('migrations/meta/0001_snapshot.json', snapshot);
  const fork = await project.db(['generate', '--json']);
  expect([fork.exit, fork.json.error.code]).toEqual([3, 'snapshot_collision']);
  expect(Object.keys(project.migrations()).filter((file) => file.includes('extra') || file.endsWith('.tmp'))).toEqual(
    [],
  );
});

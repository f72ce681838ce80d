import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { status } from '../../src/migrator/index.ts';
import { createRepository, type Repository } from './repository.ts';

// Each step is a process, and a loaded machine starts them slowly.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const SCHEMA = 'schema/index.ts';
const env = { TEST_DATABASE_URL: process.env.TEST_DATABASE_URL! };

const repositories: Repository[] = [];
/** Two branches, each with a migration under the number 1, and the main line without either. */
let origin: Repository;
let repository: Repository;

beforeAll(async () => {
  origin = createRepository();
  repositories.push(origin);
  origin.commit('Begin');
  await branch('theirs', 'name: text().notNull(),', 'name: text().notNull(), area: integer(),');
  await branch('mine', 'note: text(),', "note: text(), coupon: text().notNull().default('none'),");
});
beforeEach(() => {
  repository = createRepository(origin);
  repositories.push(repository);
});
afterAll(() => Promise.all(repositories.map((each) => each.remove())));

async function branch(name: string, from: string, to: string): Promise<void> {
  origin.git('switch', '-q', '-c', name, 'main');
  origin.edit(SCHEMA, from, to);
  const { exit, stderr } = await origin.db(['generate', '--name', name], { url: null });
  if (exit !== 0) throw new Error(stderr);
  origin.commit(`Add ${name}`);
}

/** Commits another time stamp of the migration of a branch. */
function restamp(name: string, when: number): void {
  repository.git('switch', '-q', name);
  const journal = JSON.parse(repository.read('migrations/meta/_journal.json'));
  journal.entries[1].when = when;
  repository.write('migrations/meta/_journal.json', JSON.stringify(journal, null, 2));
  repository.commit(`Stamp ${name}`);
}

function journal(): { idx: number; tag: string; when: number }[] {
  return JSON.parse(repository.read('migrations/meta/_journal.json')).entries;
}

function snapshot(number: string) {
  return JSON.parse(repository.read(`migrations/meta/${number}_snapshot.json`));
}

const T0 = 1_900_000_000_000;

describe.each([
  { older: 'mine', direction: 'main into mine', markers: false },
  { older: 'theirs', direction: 'main into mine', markers: true },
  { older: 'mine', direction: 'mine into main', markers: true },
  { older: 'theirs', direction: 'mine into main', markers: false },
])(
  '$older was generated first, and git merges $direction (markers in snapshots: $markers)',
  ({ older, direction, markers }) => {
    test('one db rebase puts mine behind theirs, and the local database has both, with its data', async () => {
      restamp('theirs', T0 + (older === 'theirs' ? 0 : 5000));
      restamp('mine', T0 + (older === 'mine' ? 0 : 5000));
      const sql = repository.read('migrations/0001_mine.sql');
      const down = repository.read('migrations/0001_mine.down.sql');
      await repository.migrateDatabase();
      await repository.query(`insert into countries values ('de', 'Germany');
      insert into sales.orders (id, country_code, coupon) values (gen_random_uuid(), 'de', 'SPRING')`);
      if (!markers) {
        repository.write('.git/info/attributes', 'meta/*_snapshot.json merge=binary\n*_snapshot.json merge=binary\n');
      }
      repository.git('switch', '-q', 'main');
      repository.git('merge', '-q', 'theirs');
      if (direction === 'main into mine') repository.git('switch', '-q', 'mine');
      expect(repository.merge(direction === 'main into mine' ? 'main' : 'mine')).toBe('conflict');
      expect(repository.read('migrations/meta/0001_snapshot.json').includes('<<<<<<<')).toBe(markers);

      const { exit, json, stderr } = await repository.db(['rebase', '--json'], { env });
      expect([exit, stderr]).toEqual([0, expect.any(String)]);
      expect(json).toMatchObject({
        onto: 'main',
        moved: [{ from: '0001_mine', to: '0002_mine' }],
        carried: { applied: ['0001_theirs'] },
      });
      expect(repository.git('diff', '--name-only', '--diff-filter=U')).toBe('');
      repository.git('commit', '-q', '--no-edit');

      const entries = journal();
      expect(entries.map(({ idx, tag }) => [idx, tag])).toEqual([
        [0, '0000_init'],
        [1, '0001_theirs'],
        [2, '0002_mine'],
      ]);
      expect(entries[2]!.when).toBe(older === 'mine' ? T0 + 5001 : T0 + 5000);
      expect(repository.read('migrations/0002_mine.sql')).toBe(sql);
      expect(repository.read('migrations/0002_mine.down.sql')).toBe(down);
      expect(Object.keys(repository.migrations()).filter((file) => file.includes('mine'))).toEqual([
        '0002_mine.down.sql',
        '0002_mine.sql',
      ]);
      expect(snapshot('0001').tables['public.countries'].columns).toHaveProperty('area');
      expect(snapshot('0001').tables['sales.orders'].columns).not.toHaveProperty('coupon');
      expect(snapshot('0002').prevId).toBe(snapshot('0001').id);
      expect(snapshot('0002').tables['public.countries'].columns).toHaveProperty('area');
      expect(snapshot('0002').tables['sales.orders'].columns).toHaveProperty('coupon');

      expect(
        await repository.query('select coupon, area from sales.orders join countries on code = country_code'),
      ).toEqual([{ coupon: 'SPRING', area: null }]);
      const history = await status({ url: repository.url, directory: `${repository.directory}/migrations` });
      expect(history.ok).toBe(true);
      expect(history.migrations.map(({ state }) => state)).toEqual(['applied', 'applied', 'applied']);
    });
  },
);

/** `db rebase` without a database. */
const rebase = (...flags: string[]) => repository.db(['rebase', ...flags, '--json'], { url: null });

/** Leaves `mine` in the middle of a merge of `main`, which has `theirs`. */
function mergeHalf(): void {
  repository.git('switch', '-q', 'main');
  repository.git('merge', '-q', 'theirs');
  repository.git('switch', '-q', 'mine');
  expect(repository.merge('main')).toBe('conflict');
}

test('the database of a colleague, who gets the files in order, follows by the same command', async () => {
  repository.git('switch', '-q', 'mine');
  await repository.migrateDatabase();
  mergeHalf();
  await rebase();
  repository.git('commit', '-q', '--no-edit');
  const { json } = await repository.db(['rebase', '--json'], { env });
  expect(json).toMatchObject({ changed: false, moved: [], carried: { applied: ['0001_theirs'] } });
  expect((await repository.db(['status', '--exit-code'])).exit).toBe(0);
});

test('a second run finds nothing to do; without a main line it asks for one', async () => {
  mergeHalf();
  expect((await rebase()).json).toMatchObject({ changed: true, moved: [{ from: '0001_mine', to: '0002_mine' }] });
  const before = repository.migrations();
  expect((await rebase()).json).toMatchObject({ changed: false, moved: [] });
  repository.git('commit', '-q', '--no-edit');
  expect((await rebase()).json).toMatchObject({ changed: false, moved: [] });
  expect(repository.migrations()).toEqual(before);

  expect((await rebase('--onto', 'nowhere')).json.error.code).toBe('onto_missing');
  repository.git('checkout', '-q', '--orphan', 'alone');
  repository.commit('Begin anew');
  for (const name of ['main', 'mine', 'theirs']) repository.git('branch', '-q', '-D', name);
  const asked = await rebase();
  expect([asked.exit, asked.json.error.code]).toEqual([2, 'onto_missing']);
});

test('a merge that was committed with its conflicts is put in order all the same', async () => {
  mergeHalf();
  repository.commit('Merge, conflicts and all');
  expect(repository.read('migrations/meta/_journal.json')).toContain('<<<<<<<');
  expect((await rebase()).json).toMatchObject({ moved: [{ from: '0001_mine', to: '0002_mine' }] });
  expect(journal().map(({ tag }) => tag)).toEqual(['0000_init', '0001_theirs', '0002_mine']);
});

test('git rebase is as good as a merge', async () => {
  repository.git('switch', '-q', 'main');
  repository.git('merge', '-q', 'theirs');
  repository.git('switch', '-q', 'mine');
  expect(() => repository.git('rebase', '-q', 'main')).toThrow();
  expect((await rebase()).json).toMatchObject({ moved: [{ from: '0001_mine', to: '0002_mine' }] });
  repository.git('-c', 'core.editor=true', 'rebase', '--continue');
  expect(repository.git('status', '--porcelain')).toBe('');
  expect(journal().map(({ tag }) => tag)).toEqual(['0000_init', '0001_theirs', '0002_mine']);
});

test('git stash pop is as good as a merge', async () => {
  repository.git('switch', '-q', 'main');
  repository.git('checkout', '-q', 'mine', '--', '.');
  repository.git('stash', '-q');
  repository.git('merge', '-q', 'theirs');
  expect(() => repository.git('stash', 'pop')).toThrow();
  expect((await rebase()).json).toMatchObject({ moved: [{ from: '0001_mine', to: '0002_mine' }] });
  expect(journal().map(({ tag }) => tag)).toEqual(['0000_init', '0001_theirs', '0002_mine']);
});

test('two migrations of one name stay two', async () => {
  for (const name of ['theirs', 'mine']) {
    repository.git('switch', '-q', name);
    for (const file of [`0001_${name}.sql`, `0001_${name}.down.sql`]) {
      repository.git('mv', `migrations/${file}`, `migrations/${file.replace(name, 'same')}`);
    }
    repository.edit('migrations/meta/_journal.json', `0001_${name}`, '0001_same');
    repository.commit('Call it the same');
  }
  const mine = repository.read('migrations/0001_same.sql');
  mergeHalf();
  expect(repository.read('migrations/0001_same.sql')).toContain('<<<<<<<');
  expect((await rebase()).json).toMatchObject({ moved: [{ from: '0001_same', to: '0002_same' }] });
  expect(repository.read('migrations/0001_same.sql')).toContain('"area"');
  expect(repository.read('migrations/0002_same.sql')).toBe(mine);
});

test('a branch that stands on another one, which was merged under another number, has its migrations once', async () => {
  repository.git('switch', '-q', '-c', 'stacked', 'mine');
  await repository.db(['generate', '--custom', '--name', 'stacked'], { url: null });
  repository.write('migrations/0002_stacked.sql', 'update sales.orders set total = 0');
  repository.commit('Stack');
  mergeHalf();
  await rebase();
  repository.git('commit', '-q', '--no-edit');
  repository.git('switch', '-q', 'main');
  repository.git('merge', '-q', 'mine');
  repository.git('switch', '-q', 'stacked');
  repository.merge('main');
  expect((await rebase()).json).toMatchObject({ moved: [{ from: '0002_stacked', to: '0003_stacked' }] });
  expect(journal().map(({ tag }) => tag)).toEqual(['0000_init', '0001_theirs', '0002_mine', '0003_stacked']);
  expect(Object.keys(repository.migrations()).filter((file) => file.endsWith('_mine.sql'))).toEqual(['0002_mine.sql']);
});

test('what both sides add is told: the files are in order, but one of the two has to go', async () => {
  repository.git('switch', '-q', '-c', 'again', 'main');
  repository.edit(SCHEMA, 'name: text().notNull(),', 'name: text().notNull(), area: integer(),');
  await repository.db(['generate', '--name', 'area_again'], { url: null });
  repository.write('migrations/0001_area_again.sql', `${repository.read('migrations/0001_area_again.sql')} -- mine`);
  repository.commit('Add it again');
  repository.merge('theirs');
  const { exit, json } = await rebase('--onto', 'theirs');
  expect([exit, json.error.code]).toEqual([3, 'migrations_conflict']);
  expect(json.conflicts).toEqual([
    { tag: '0002_area_again', path: 'tables.public.countries.columns.area', problem: 'added by both' },
  ]);
  expect(json.error.hint).toContain('Delete 0002_area_again');
});

test('a schema with conflicts is left to the person, and said; the folder is in order', async () => {
  mergeHalf();
  repository.write(SCHEMA, `<<<<<<< HEAD\n${repository.read(SCHEMA)}`);
  const { exit, json } = await rebase();
  expect([exit, json.error.code]).toEqual([3, 'check_failed']);
  expect(json.findings).toMatchObject([{ code: 'schema-broken' }]);
  expect(journal().map(({ tag }) => tag)).toEqual(['0000_init', '0001_theirs', '0002_mine']);
});

test('what is applied to a database that is not local does not move; nothing is written', async () => {
  repository.git('switch', '-q', 'mine');
  await repository.migrateDatabase({ local: false });
  mergeHalf();
  const before = repository.migrations();
  const { exit, json } = await repository.db(['rebase', '--json']);
  expect([exit, json.error.code]).toEqual([3, 'applied_elsewhere']);
  expect(json.error.hint).toContain('pnpm db repair --restamp 0002_mine');
  expect(repository.migrations()).toEqual(before);
});

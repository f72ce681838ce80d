import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BREAKPOINT, writeDown } from '../../src/generate/down.ts';
import { takeSnapshot } from '../../src/generate/drizzle-kit.ts';
import { nextTag, readMigrationFolder, writeMigration } from '../../src/generate/migration-folder.ts';
import { planMigration } from '../../src/generate/plan.ts';
import { type DownResult, testDown } from '../../src/revert/test-down.ts';
import { type Kind, kinds } from './kinds.ts';

const suffix = process.pid.toString(36);
const all = Object.entries(kinds({ old: `kinds_old_${suffix}`, new: `kinds_new_${suffix}` }));

/**
 * So many share a database: making one takes longer than what is done in it, reading one takes longer the more is in
 * it.
 */
const GROUP = 15;
const results = new Map<string, { down: string; result: DownResult }>();
const folders: string[] = [];

beforeAll(async () => {
  const groups = [];
  for (let start = 0; start < all.length; start += GROUP) groups.push(await generate(all.slice(start, start + GROUP)));
  await Promise.all(groups.map(proveGroup));
}, 240_000);
afterAll(() => folders.map((folder) => rmSync(folder, { recursive: true, force: true })));

describe('test-down proves the down file of every kind of migration, and where data is lost it says so', () => {
  test.each(all)('%s', (name, { irreversible }) => {
    const { down, result } = results.get(name)!;
    const reason = down.match(/^-- db: irreversible reason=(.*)$/m)?.[1];
    if (irreversible) expect(reason).toMatch(irreversible);
    else expect(reason).toBeUndefined();
    // Of an irreversible one the structure is proved, without its first line.
    expect(result).toEqual({ tag: expect.any(String), outcome: 'proved' });
  });
});

interface Group {
  directory: string;
  added: { name: string; tag: string; down: string }[];
}

/** One folder, in which every kind is a migration of its own: what it has to change was made by the first one. */
async function generate(group: [string, Kind][]): Promise<Group> {
  const directory = mkdtempSync(join(tmpdir(), 'kinds '));
  folders.push(directory);
  await add(directory, 'init', exportsAt(group, 0), {});
  const added: Group['added'] = [];
  for (const [index, [name, kind]] of group.entries()) {
    const { tag, down } = await add(directory, `kind_${index}`, exportsAt(group, index + 1), kind);
    added.push({ name, tag, down });
    writeFileSync(join(directory, `${tag}.down.sql`), down.replace(/^-- db: irreversible.*\n/, ''));
  }
  return { directory, added };
}

async function proveGroup({ directory, added }: Group): Promise<void> {
  const proved = await prove(
    directory,
    added.map(({ tag }) => tag),
  );
  for (const [index, result] of proved.entries()) results.set(added[index]!.name, { ...added[index]!, result });
}

/** The schema when the first `done` kinds are what they are to become. */
function exportsAt(group: [string, Kind][], done: number): Record<string, unknown> {
  return Object.fromEntries(
    group.flatMap(([, kind], index) =>
      Object.entries(index < done ? kind.after() : kind.before()).map(([key, value]) => [`${key}_${index}`, value]),
    ),
  );
}

/** What `db generate` does, without reading a module. */
async function add(
  directory: string,
  name: string,
  exports: Record<string, unknown>,
  { rename = [], create = [], drop = [] }: Partial<Kind>,
): Promise<{ tag: string; down: string }> {
  const folder = readMigrationFolder(directory);
  const snapshot = await takeSnapshot(exports, folder.last.id);
  const plan = await planMigration(folder.last, snapshot, { rename, create, drop });
  if (!('statements' in plan)) throw new Error(`${name} asks ${JSON.stringify(plan.questions)}`);
  const { sql: down } = await writeDown(folder.last, snapshot, plan);
  const tag = nextTag(folder, name);
  writeMigration(folder, { tag, sql: plan.statements.join(BREAKPOINT), down, snapshot });
  return { tag, down };
}

function prove(directory: string, tags: string[]): Promise<DownResult[]> {
  const config = {
    file: '',
    root: directory,
    database: 'x',
    migrations: directory,
    migrationsTable: { schema: 'drizzle', table: '__drizzle_migrations' },
    schema: '',
    seeds: {},
    localPostgres: { directory: '' },
  };
  return testDown({ config, env: { TEST_DATABASE_URL: process.env.TEST_DATABASE_URL! }, tags });
}

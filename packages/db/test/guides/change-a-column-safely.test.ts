import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { migrate } from '@org/db-tools/migrator';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrationsDirectory } from '../../src/migrate.ts';
import { createFile, createTestDatabase, createUser, type TestDatabase } from '../../src/testing/index.ts';

const root = join(import.meta.dirname, '..', '..');
const guide = readFileSync(join(root, '..', '..', 'docs', 'guides', 'change-a-column-safely.md'), 'utf8');
/** The SQL of the guide, in its order. */
const blocks = [...guide.matchAll(/^( *)```sql\n(.*?)^ *```$/gms)].map(([, margin, text]) =>
  text!.replaceAll(new RegExp(`^${margin}`, 'gm'), ''),
);

let test: TestDatabase;
let directory: string;

beforeAll(async () => {
  test = await createTestDatabase();
  directory = mkdtempSync(join(tmpdir(), 'guide '));
  cpSync(migrationsDirectory(), join(directory, 'migrations'), { recursive: true });
});

afterAll(async () => {
  await test.close();
  rmSync(directory, { recursive: true, force: true });
});

it('every step of the guide passes the lint, and runs on a table with rows', async () => {
  const owner = await createUser(test.db);
  for (let n = 0; n < 20; n++) await createFile(test.db, { userId: owner.id });
  const tags = blocks.map((text, index) => addMigration(`guide_${index}`, text));
  expect(tags).toHaveLength(8);

  await lint(tags);
  await migrate({ url: test.url, directory: join(directory, 'migrations') });

  const [row] = await test.db.execute(sql`select * from files.files limit 1`);
  expect(row).toMatchObject({ checksum: '', media_type: expect.any(String) });
  expect(row).not.toHaveProperty('mime_type');
});

/** Throws what the lint says when it objects. */
async function lint(tags: string[]): Promise<void> {
  const cli = join(root, 'node_modules', '@org', 'db-tools', 'src', 'cli.ts');
  const config = join(directory, 'db.config.ts');
  writeFileSync(config, "export default { database: 'app', migrations: './migrations', schema: './schema.ts' };");
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  await promisify(execFile)(process.execPath, [cli, 'lint', ...tags, '--config', config], { env });
}

function addMigration(name: string, text: string): string {
  const file = join(directory, 'migrations', 'meta', '_journal.json');
  const journal = JSON.parse(readFileSync(file, 'utf8'));
  const last = journal.entries.at(-1);
  const tag = `${String(last.idx + 1).padStart(4, '0')}_${name}`;
  journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag });
  writeFileSync(file, JSON.stringify(journal));
  writeFileSync(join(directory, 'migrations', `${tag}.sql`), text);
  return tag;
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from './config.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'with spaces '));
  mkdirSync(join(root, 'packages', 'db'), { recursive: true });
  mkdirSync(join(root, 'apps', 'files', 'src'), { recursive: true });
  writeFileSync(join(root, 'pnpm-workspace.yaml'), '');
});
afterEach(() => rmSync(root, { recursive: true }));

let counter = 0;
const write = (text: string, path = 'packages/db/db.config.ts') =>
  writeFileSync(join(root, path), `// ${counter++}\nexport default ${text};`);
const GOOD = `{ database: 'app', migrations: './migrations', schema: './schema.ts' }`;

test('found from anywhere in the workspace, with absolute paths and defaults', async () => {
  write(GOOD);
  const folder = join(root, 'packages', 'db');
  expect(await loadConfig({ cwd: join(root, 'apps', 'files', 'src') })).toEqual({
    file: join(folder, 'db.config.ts'),
    root,
    database: 'app',
    migrations: join(folder, 'migrations'),
    migrationsTable: { schema: 'drizzle', table: '__drizzle_migrations' },
    schema: join(folder, 'schema.ts'),
    seeds: {},
    localPostgres: { directory: join(root, '.local', 'postgres') },
  });
});

test.each(['mjs', 'js'])('without TypeScript it is a db.config.%s', async (ending) => {
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  write(GOOD, `db.config.${ending}`);
  expect(await loadConfig({ cwd: root })).toMatchObject({ file: join(root, `db.config.${ending}`), database: 'app' });
});

test('a file named is taken, relative to where one is', async () => {
  write(GOOD, 'other.config.ts');
  const { file } = await loadConfig({ cwd: join(root, 'apps'), file: '../other.config.ts' });
  expect(file).toBe(join(root, 'other.config.ts'));
});

test('none, one that throws and one that is no config are sentences', async () => {
  const load = () => loadConfig({ cwd: root });
  await expect(load()).rejects.toThrow('There is no db.config.ts at or above');
  await expect(loadConfig({ cwd: root, file: 'x.ts' })).rejects.toThrow(`There is no config at ${join(root, 'x.ts')}.`);
  const cases = [
    ['(() => { throw new Error("why") })()', 'cannot be loaded: why'],
    ['undefined', 'has no default export'],
    [`{ database: 'app', migrations: './m' }`, 'schema is missing'],
    [GOOD.replace('{', '{ sceed: 1,'), 'sceed is not known here'],
    [GOOD.replace('{', '{ seeds: { dev: {} },'), 'the seed dev has no run function'],
  ];
  for (const [i, [text, sentence]] of cases.entries()) {
    write(text!, `${i}.config.ts`);
    await expect(loadConfig({ cwd: root, file: `${i}.config.ts` })).rejects.toThrow(sentence);
  }
});

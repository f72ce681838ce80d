import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withDatabase } from '../../src/connection/url.ts';
import { hasPostgres15, type Server, startPostgres15 } from './debian-postgres.ts';

const PACKAGE = path.join(import.meta.dirname, '..', '..');
const TSC = path.join(PACKAGE, 'node_modules', '.bin', 'tsc');
/** The one on the PATH, else the one that the README names. */
const PNPM = spawnSync('pnpm', ['--version']).status === 0 ? ['pnpm'] : ['npx', '-y', 'pnpm@12'];

const SCHEMA = `
import { integer, pgTable, text } from 'drizzle-orm/pg-core';

export const notes = pgTable('notes', { id: integer().primaryKey().generatedAlwaysAsIdentity(), body: text().notNull() });
`;
const CONFIG = `
import { defineConfig } from '@org/db-tools';

export default defineConfig({
  database: 'notes',
  migrations: './migrations',
  migrationsTable: { schema: 'public', table: 'history' },
  schema: './schema.ts',
});
`;

let sandbox: string;
let tarball: string;
beforeAll(async () => {
  sandbox = mkdtempSync(path.join(tmpdir(), 'stands alone '));
  // The local server of a project of root's runs as another user.
  chmodSync(sandbox, 0o755);
  await run(PACKAGE, [...PNPM, 'pack', '--pack-destination', sandbox]);
  tarball = path.join(sandbox, readdirSync(sandbox).find((file) => file.endsWith('.tgz'))!);
}, 120_000);
afterAll(() => rmSync(sandbox, { recursive: true, force: true, maxRetries: 5 }));

/** No install script has to run. */
const INSTALLERS: Record<string, string[]> = {
  npm: ['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts'],
  pnpm: [...PNPM, 'add', '--ignore-scripts'],
};

describe.each([
  ['npm', 'db.config.mjs'],
  ['pnpm', 'db.config.ts'],
])('the package, packed and installed with %s in an empty project that has a %s', (installer, config) => {
  let folder: string;
  beforeAll(async () => {
    folder = path.join(sandbox, installer);
    mkdirSync(folder);
    write('package.json', '{ "name": "notes", "private": true }');
    write(config, CONFIG);
    write('schema.ts', SCHEMA);
    await run(folder, [...INSTALLERS[installer]!, tarball, 'drizzle-orm@0.45.4']);
  }, 300_000);

  const write = (file: string, content: string) => writeFileSync(path.join(folder, file), content);
  const db = async (args: string[], url?: string) => {
    const command = [path.join(folder, 'node_modules', '.bin', 'db'), ...args, '--json'];
    return JSON.parse(await run(folder, command, url === undefined ? {} : { DATABASE_URL: url }));
  };

  test('generates from its schema, makes a local PostgreSQL 18 and migrates it', async () => {
    expect(await db(['generate'])).toMatchObject({ changed: true, tag: '0000_create_notes' });
    try {
      expect(await db(['prepare'])).toMatchObject({ created: true, applied: [{ tag: '0000_create_notes' }] });
      write('schema.ts', SCHEMA.replace('body:', 'title: text(), body:'));
      expect(await db(['generate'])).toMatchObject({ tag: '0001_add_notes_title' });
      expect(await db(['plan'])).toMatchObject({ pending: 1 });
      expect(await db(['migrate'])).toMatchObject({ applied: [{ tag: '0001_add_notes_title' }], alreadyApplied: 1 });
      expect(await db(['status', '--exit-code'])).toMatchObject({ pending: 0 });
      expect(await db(['check', '--offline'])).toMatchObject({ findings: [] });
      expect(await db(['drift'])).toMatchObject({ differences: [] });
    } finally {
      await db(['stop']);
    }
  });

  test('migrates PostgreSQL 15, once for two who try at the same time', async ({ skip }) => {
    if (!hasPostgres15()) return skip('PostgreSQL 15 is not installed: apt-get install postgresql-15');
    let server: Server | undefined;
    try {
      server = startPostgres15();
      const url = withDatabase(server.url, 'notes');
      expect(await db(['create'], url)).toMatchObject({ created: true });
      const both = await Promise.all([db(['migrate'], url), db(['migrate'], url)]);
      expect(both.flatMap(({ applied }) => applied).map(({ tag }) => tag)).toHaveLength(2);
      expect(await db(['status', '--exit-code'], url)).toMatchObject({ pending: 0 });
    } finally {
      server?.stop();
    }
  });

  test('has types, and the schemas of what it prints', async () => {
    const options = {
      module: 'nodenext',
      target: 'es2024',
      noEmit: true,
      strict: true,
      types: [],
      skipLibCheck: false,
    };
    write('tsconfig.json', JSON.stringify({ compilerOptions: options, files: ['use.mts'] }));
    write(
      'use.mts',
      `import { defineConfig } from '@org/db-tools';
import { migrate } from '@org/db-tools/migrator';
const result: { applied: { tag: string; ms: number }[] } = await migrate({ url: '', directory: '' });
// @ts-expect-error A number is no database.
defineConfig({ database: 1, migrations: '', schema: '' });
console.log(result);`,
    );
    await run(folder, [TSC, '-p', '.']);
    const resolved = `import.meta.resolve('@org/db-tools/schemas/migrate.json')`;
    const script = `import { readFileSync } from 'node:fs'; console.log(readFileSync(new URL(${resolved}), 'utf8'))`;
    const schema = JSON.parse(await run(folder, [process.execPath, '--input-type=module', '-e', script]));
    expect(schema.title).toBe('db migrate --json');
  });
});

/** stdout of the command; it sees nothing of the environment that this test runs in but what is needed to run. */
function run(cwd: string, [program, ...args]: string[], env: Record<string, string> = {}): Promise<string> {
  const kept = Object.entries(process.env).filter(([key]) => /^(HOME|LANG|.*CERT.*|.*_proxy)$/i.test(key));
  return new Promise((resolve, reject) => {
    execFile(
      program!,
      args,
      {
        cwd,
        env: {
          ...Object.fromEntries(kept),
          PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`,
          ...env,
        },
        timeout: 280_000,
        maxBuffer: 16_000_000,
      },
      (error, stdout, stderr) => {
        if (error) reject(new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`));
        else resolve(stdout);
      },
    );
  });
}

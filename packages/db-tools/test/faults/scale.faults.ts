import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { migrate, status } from '../../src/migrator/index.ts';
import { sha256 } from '../../src/migrator/read-files.ts';
import { createDatabase } from '../migrator/database.ts';
import { createProject } from '../migrator/project.ts';

test('status on 10,000 files takes less than a second', async () => {
  const { url, sql } = await createDatabase();
  const { directory } = createProject();
  await migrate({ url, directory });
  const files = Array.from({ length: 10_000 }, (_, index) => ({
    tag: `${String(index).padStart(5, '0')}_x`,
    text: `select ${index};\n`.repeat(30),
    when: 1_700_000_000_000 + index,
  }));
  for (const { tag, text } of files) writeFileSync(path.join(directory, `${tag}.sql`), text);
  writeFileSync(
    path.join(directory, 'meta/_journal.json'),
    JSON.stringify({ entries: files.map(({ tag, when }) => ({ tag, when })) }),
  );
  const rows = files.map(({ text, when }) => ({ hash: sha256(text), created_at: when }));
  for (let at = 0; at < rows.length; at += 5000)
    await sql`insert into drizzle.__drizzle_migrations ${sql(rows.slice(at, at + 5000))}`;

  const begun = performance.now();
  const result = await status({ url, directory });
  const ms = performance.now() - begun;

  console.log(`status on 10,000 files: ${Math.round(ms)} ms`);
  expect(result).toMatchObject({ ok: true, pending: 0 });
  expect(result.migrations).toHaveLength(10_000);
  expect(ms).toBeLessThan(1000);
});

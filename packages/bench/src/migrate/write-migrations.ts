import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * A folder as drizzle-kit writes it, of `count` files with a table and an index each, and the same for the other tools.
 */
export function writeMigrations(folder: string, count: number): void {
  for (const name of ['drizzle/meta', 'node-pg-migrate']) mkdirSync(path.join(folder, name), { recursive: true });
  const entries = Array.from({ length: count }, (_, index) => {
    const tag = `${String(index).padStart(4, '0')}_table_${index}`;
    const when = 1_700_000_000_000 + index * 1000;
    const statements = [
      `create table t${index} (id uuid primary key default gen_random_uuid(), name text not null, size bigint not null);`,
      `create index idx_t${index}_name on t${index} (name);`,
    ];
    writeFileSync(path.join(folder, 'drizzle', `${tag}.sql`), statements.join('\n--> statement-breakpoint\n'));
    writeFileSync(path.join(folder, 'node-pg-migrate', `${when}_table-${index}.sql`), statements.join('\n'));
    return { idx: index, version: '7', when, tag, breakpoints: true };
  });
  const journal = { version: '7', dialect: 'postgresql', entries };
  writeFileSync(path.join(folder, 'drizzle/meta/_journal.json'), JSON.stringify(journal));
  const files = entries.map(({ tag }) => `begin;\n\\i ${path.join(folder, 'drizzle', tag)}.sql\ncommit;`);
  writeFileSync(path.join(folder, 'psql.sql'), files.join('\n'));
  const config = { database: 'bench', migrations: './drizzle', schema: './schema.js' };
  writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(path.join(folder, 'db.config.js'), `export default ${JSON.stringify(config)};`);
  const kit = `{ dialect: 'postgresql', out: ${JSON.stringify(path.join(folder, 'drizzle'))}, dbCredentials: { url: process.env.DATABASE_URL } }`;
  writeFileSync(path.join(folder, 'drizzle.config.js'), `export default ${kit};`);
}

import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { migrationsDirectory } from '../../src/migrate.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** A copy of our migrations, to which those of a guide are added. */
export interface GuideProject {
  migrations: string;
  /** Adds a migration behind the newest one and returns its tag. */
  add(name: string, text: string): string;
  /** Throws what the lint says when it objects. */
  lint(tags: string[]): Promise<void>;
  remove(): void;
}

/** The SQL of a guide, in its order. */
export function readBlocks(guide: string): string[] {
  const text = readFileSync(join(ROOT, '..', '..', 'docs', 'guides', guide), 'utf8');
  return [...text.matchAll(/^( *)```sql[^\n]*\n(.*?)^ *```$/gms)].map(([, margin, block]) =>
    block!.replaceAll(new RegExp(`^${margin}`, 'gm'), ''),
  );
}

export function createGuideProject(): GuideProject {
  const directory = mkdtempSync(join(tmpdir(), 'guide '));
  const migrations = join(directory, 'migrations');
  cpSync(migrationsDirectory(), migrations, { recursive: true });
  return {
    migrations,
    add(name, text) {
      const file = join(migrations, 'meta', '_journal.json');
      const journal = JSON.parse(readFileSync(file, 'utf8'));
      const last = journal.entries.at(-1);
      const tag = `${String(last.idx + 1).padStart(4, '0')}_${name}`;
      journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag });
      writeFileSync(file, JSON.stringify(journal));
      writeFileSync(join(migrations, `${tag}.sql`), text);
      return tag;
    },
    async lint(tags) {
      const cli = join(ROOT, 'node_modules', '@org', 'db-tools', 'src', 'cli.ts');
      const config = join(directory, 'db.config.ts');
      writeFileSync(config, "export default { database: 'app', migrations: './migrations', schema: './schema.ts' };");
      const env = { PATH: process.env.PATH, HOME: process.env.HOME };
      await promisify(execFile)(process.execPath, [cli, 'lint', ...tags, '--config', config], { env });
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { migrate } from '../../src/migrator/index.ts';
import { createProject, type Project } from '../cli/project.ts';

/** A project in a git repository of its own. */
export interface Repository extends Project {
  git(...args: string[]): string;
  /** Merges, as a person does, who sees the conflicts. */
  merge(branch: string): 'merged' | 'conflict';
  commit(message: string): void;
  /** Makes the database of the project, local as `db create` leaves it, and applies what is there. */
  migrateDatabase(options?: { local?: boolean }): Promise<void>;
}

export function createRepository(from?: Repository): Repository {
  const project = createProject();
  const cwd = project.directory;
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  if (from) {
    rmSync(cwd, { recursive: true });
    cpSync(from.directory, cwd, { recursive: true });
  } else {
    git('init', '-q', '-b', 'main');
  }
  return {
    ...project,
    git,
    merge(branch) {
      try {
        git('merge', '-q', '--no-edit', branch);
        return 'merged';
      } catch {
        return 'conflict';
      }
    },
    commit(message) {
      git('add', '-A');
      git('commit', '-q', '-m', message);
    },
    async migrateDatabase({ local = true } = {}) {
      const name = new URL(project.url).pathname.slice(1);
      const server = postgres(process.env.TEST_DATABASE_URL!, { max: 1, onnotice: () => {} });
      await server.unsafe(`create database ${name}`);
      if (local) await server.unsafe(`comment on database ${name} is 'db-tools:local'`);
      await server.end();
      await migrate({ url: project.url, directory: join(cwd, 'migrations') });
    },
  };
}

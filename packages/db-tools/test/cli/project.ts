import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { withDatabase } from '../../src/connection/url.ts';
import { findViolations } from './output-schema.ts';

const PACKAGE = join(import.meta.dirname, '..', '..');
const CLI = join(PACKAGE, 'src', 'cli.ts');

export interface Run {
  exit: number | null;
  stdout: string;
  stderr: string;
  /** stdout, which has to be one JSON object and nothing else, as the schema of the verb says. */
  // biome-ignore lint/suspicious/noExplicitAny: each verb has its own shape, which the tests name
  json: any;
}

interface RunOptions {
  env?: Record<string, string>;
  url?: string | null;
  /** Told the process id. */
  onStart?: (pid: number) => void;
}

export interface Project {
  directory: string;
  /** The database of this project on the test server; it does not exist yet. */
  url: string;
  /**
   * Runs `db …args` in the project with nothing but the given environment; the database is named unless `url` is null.
   */
  db(args: string[], options?: RunOptions): Promise<Run>;
  /** Puts a file behind the newest one. */
  addMigration(tag: string, sql: string): void;
  /** Runs a statement in a transaction that stays open until it is released. */
  hold(statement: string): Promise<{ pid: number; release(): Promise<void> }>;
  /** Replaces text in a file of the project. */
  edit(file: string, from: string, to: string): void;
  read(file: string): string;
  write(file: string, content: string): void;
  /** Every file of the migrations folder with its content. */
  migrations(): Record<string, string>;
  /** Asks the database directly. */
  query(statement: string): Promise<Record<string, unknown>[]>;
  remove(): Promise<void>;
}

/** A copy of the fixture `shop` inside this package, where its imports resolve, with a database name of its own. */
export function createProject(): Project {
  const name = `shop_${randomBytes(5).toString('hex')}`;
  const directory = join(PACKAGE, '.local', 'test projects', name);
  mkdirSync(directory, { recursive: true });
  cpSync(join(PACKAGE, 'test', 'fixtures', 'shop'), directory, { recursive: true });
  const server = process.env.TEST_DATABASE_URL!;
  const url = withDatabase(server, name);
  const file = (path: string) => join(directory, path);
  const connection = postgres(url, { max: 1, onnotice: () => {}, idle_timeout: 1 });
  return {
    directory,
    url,
    db: (args, options = {}) => {
      const named = options.url === undefined ? url : options.url;
      const env = { ...(named === null ? {} : { DATABASE_URL: named }), ...options.env };
      return run(args, directory, env, options.onStart);
    },
    addMigration(tag, sql) {
      const journal = JSON.parse(readFileSync(file('migrations/meta/_journal.json'), 'utf8'));
      const { idx, when, ...rest } = journal.entries.at(-1);
      journal.entries.push({ ...rest, idx: idx + 1, when: when + 1000, tag });
      writeFileSync(file(`migrations/${tag}.sql`), sql);
      writeFileSync(file('migrations/meta/_journal.json'), JSON.stringify(journal));
    },
    async hold(statement) {
      const sql = postgres(url, { max: 1, onnotice: () => {}, connection: { application_name: 'the test' } });
      const results = await sql.unsafe(`begin; ${statement}; select pg_backend_pid() as pid`);
      return { pid: results.at(-1)![0].pid, release: () => sql.end() };
    },
    edit(path, from, to) {
      const text = readFileSync(file(path), 'utf8');
      if (!text.includes(from)) throw new Error(`${path} does not contain ${from}`);
      writeFileSync(file(path), text.replace(from, to));
    },
    read: (path) => readFileSync(file(path), 'utf8'),
    write: (path, content) => writeFileSync(file(path), content),
    migrations: () =>
      Object.fromEntries(
        readdirSync(file('migrations'), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .map((path) => [path.slice(file('migrations').length + 1), readFileSync(path, 'utf8')]),
      ),
    query: (statement) => connection.unsafe(statement),
    async remove() {
      await connection.end();
      const sql = postgres(server, { max: 1, onnotice: () => {} });
      await sql`drop database if exists ${sql(name)} with (force)`;
      await sql.end();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function run(args: string[], cwd: string, env: Record<string, string>, onStart?: (pid: number) => void): Promise<Run> {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env: { PATH: process.env.PATH!, HOME: process.env.HOME!, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.on('spawn', () => onStart?.(child.pid!));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (part) => {
    stdout += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part) => {
    stderr += part;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit) =>
      resolve({
        exit,
        stdout,
        stderr,
        get json() {
          if (!/^\{.*\}\n$/.test(stdout)) throw new Error(`stdout is not one line of JSON: ${stdout}${stderr}`);
          const output = JSON.parse(stdout);
          const violations = findViolations(args, output);
          if (violations.length > 0) throw new Error(`${stdout}is not what its schema says:\n${violations.join('\n')}`);
          return output;
        },
      }),
    );
  });
}

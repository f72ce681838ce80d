import { mkdirSync, rmSync } from 'node:fs';
import { createServer, connect as dial, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { VerbContext } from '../../src/command-line/verb.ts';
import { verb } from '../../src/commands/doctor.ts';
import { loadConfig } from '../../src/config.ts';
import { connect } from '../../src/connection/connect.ts';
import { formatDatabaseUrl, parseDatabaseUrl, withDatabase } from '../../src/connection/url.ts';
import { judgeFree } from '../../src/doctor/checks/disk.ts';
import { findLong } from '../../src/doctor/checks/sessions.ts';
import type { Examined } from '../../src/doctor/examine.ts';
import { loadEnvironment } from '../../src/environment/load.ts';
import { createProject, type Project } from './project.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

let project: Project;
const REAL = process.env;
beforeAll(async () => {
  project = createProject();
  await project.db(['create']);
  expect((await project.db(['migrate'])).exit).toBe(0);
});
afterAll(() => project.remove());
afterEach(() => {
  process.env = REAL;
});

type Env = Record<string, string>;

/** What the doctor finds in this process, with nothing but `env` set. */
async function examine(env: Env = { DATABASE_URL: project.url }, file = 'db.config.ts'): Promise<Examined[]> {
  process.env = { PATH: REAL.PATH!, npm_config_user_agent: 'pnpm/12.21.0', ...env };
  const config = await loadConfig({ cwd: project.directory, file });
  const context = {
    options: {},
    config: async () => config,
    environment: async () => loadEnvironment({ root: config.root }),
    output: { say() {}, warn() {}, finding() {}, print() {} },
  } as unknown as VerbContext;
  try {
    return (await verb.run(context)).findings as Examined[];
  } catch (error) {
    return (error as { details: { findings: Examined[] } }).details.findings;
  }
}

/** Everything that is not well, one line each: `check: message → fix`. */
async function faults(env?: Env, file?: string): Promise<string[]> {
  return (await examine(env, file)).filter(({ level }) => level !== 'ok').map(toLine);
}

function toLine({ check, level, message, fix }: Examined): string {
  return `${level} ${check}: ${message} → ${fix}`;
}

const server = () => parseDatabaseUrl(REAL.TEST_DATABASE_URL!);
const at = (change: Partial<ReturnType<typeof parseDatabaseUrl>>) =>
  formatDatabaseUrl({ ...parseDatabaseUrl(project.url), ...change }, { withPassword: true });

test('a clone that is well has no fault, and the verb ends with 0', async () => {
  expect(await faults()).toEqual([]);
  const { exit, json } = await project.db(['doctor', '--json']);
  expect([exit, json.ok]).toEqual([0, true]);
});

interface Broken {
  name: string;
  env?: () => Env;
  file?: string;
  make?: () => unknown;
  undo?: () => unknown;
  /** Left out where the user of TEST_DATABASE_URL may not create roles. */
  needsRoles?: true;
  finds: RegExp;
}

const manifest = (content: object) => project.write('package.json', JSON.stringify(content));
const write = (path: string, content: string) => {
  mkdirSync(join(project.directory, path, '..'), { recursive: true });
  project.write(path, content);
};

const OF_CLONE: Broken[] = [
  {
    name: 'a schema that was edited without a migration',
    file: 'ahead.config.ts',
    make: () => {
      project.write('ahead.config.ts', project.read('db.config.ts').replace('./schema/index.ts', './ahead.ts'));
      project.write('ahead.ts', project.read('schema/index.ts').replace('note: text(),', '$& coupon: text(),'));
    },
    finds:
      /^warn schema: The schema is ahead of the migrations by 1 statement: ALTER TABLE .*"coupon" text; → pnpm db generate/,
  },
  {
    name: 'a Node that is too old',
    make: () => manifest({ engines: { node: '>=99' } }),
    undo: () => manifest({}),
    finds: /^fail node: .*asks for >=99.* → .*pnpm install/,
  },
  {
    name: 'another pnpm',
    env: () => ({ DATABASE_URL: project.url, npm_config_user_agent: 'pnpm/9.1.0 npm/? node/v26' }),
    make: () => manifest({ devEngines: { packageManager: { name: 'pnpm', version: '^12.0.0' } } }),
    undo: () => manifest({}),
    finds: /^fail pnpm: pnpm 9\.1\.0 .* → npm install --global pnpm@12/,
  },
  {
    name: 'a folder of the local server that cannot be written',
    env: () => ({}),
    file: 'blocked.config.ts',
    make: () => {
      const config = project.read('db.config.ts').replace('{ port: 27432 }', `{ directory: './a-file/postgres' }`);
      project.write('blocked.config.ts', config);
      project.write('a-file', '');
    },
    finds: /^fail disk: .*a-file, where the local PostgreSQL keeps its data, cannot be written: it is no folder/,
  },
  {
    name: 'two copies of drizzle-orm',
    make: () => {
      write('node_modules/drizzle-orm/package.json', '{"version":"0.45.4"}');
      write('packages/orders/node_modules/drizzle-orm/package.json', '{"version":"0.38.3"}');
    },
    undo: () => rmSync(join(project.directory, 'packages'), { recursive: true }),
    finds: /^fail drizzle-orm: There are 2 copies.*0\.38\.3 in .*orders.* → .*pnpm dedupe/,
  },
  {
    name: 'a secret file that is not there',
    env: () => ({ DB_PASSWORD_FILE: '/nowhere/password' }),
    finds: /^fail settings: DB_PASSWORD_FILE names \/nowhere\/password.* → ls -l/,
  },
  {
    name: 'a secret given twice',
    env: () => ({ DB_PASSWORD_FILE: '/nowhere/password', DB_PASSWORD: 'hidden' }),
    finds: /^fail settings: DB_PASSWORD and DB_PASSWORD_FILE are both set.* → Remove one/,
  },
  {
    name: 'a variable under the name of another tool',
    env: () => ({ DATABASE_URL: project.url, DIRECT_URL: project.url }),
    finds: /^warn settings: DIRECT_URL \(the environment\) is set, and nothing reads it. → Name it DATABASE_URL_DIRECT/,
  },
  {
    name: 'a switch that is neither true nor false',
    make: () => project.write('.env', 'DB_PREPARE=no\n'),
    undo: () => project.write('.env', ''),
    finds: /^fail settings: DB_PREPARE \(\.env\) is neither true nor false. → DB_PREPARE=false/,
  },
  {
    name: 'a pool of no number',
    env: () => ({ DATABASE_URL: project.url, DB_POOL_MAX: 'many' }),
    finds: /^fail settings: DB_POOL_MAX .* is not a number of connections. → DB_POOL_MAX=10/,
  },
  {
    name: 'half of the parts of a URL',
    env: () => ({ DB_HOST: '127.0.0.1' }),
    finds: /^fail settings: DB_HOST is set, but DB_USER, DB_NAME are not. → Set DB_HOST, DB_USER and DB_NAME/,
  },
  {
    name: 'a URL of another kind of database',
    env: () => ({ DATABASE_URL: 'mysql://app:hunter2@127.0.0.1/app' }),
    finds: /^fail settings: DATABASE_URL begins with mysql:.* → /,
  },
  {
    name: 'no database named where none is started',
    env: () => ({ CI: 'true' }),
    finds: /^fail url: No database is named.* → DATABASE_URL=/,
  },
  {
    name: 'a local server that does not run',
    env: () => ({}),
    finds: /^warn url: The local PostgreSQL of this clone .* does not run. → pnpm db start/,
  },
  {
    name: 'services and migrations on two databases',
    env: () => ({ DATABASE_URL: at({ database: 'other' }), DATABASE_URL_DIRECT: project.url }),
    finds: /^warn url: DATABASE_URL names another database than DATABASE_URL_DIRECT.* → End both with/,
  },
  {
    name: 'a certificate that nobody checks',
    env: () => ({ DATABASE_URL: at({ host: 'db.invalid', params: { sslmode: 'require', connect_timeout: '1' } }) }),
    finds: /^warn tls: The certificate of db\.invalid is not checked.* → sslmode=verify-full/,
  },
  {
    name: 'a root certificate that is not there',
    env: () => ({ DATABASE_URL: at({ params: { sslrootcert: '/nowhere/ca.pem', connect_timeout: '1' } }) }),
    finds: /^fail tls: The certificate file \/nowhere\/ca\.pem .* → Give the absolute path/,
  },
  {
    name: 'connection refused',
    env: () => ({ DATABASE_URL: at({ host: '127.0.0.1', port: 1, params: { connect_timeout: '1' } }) }),
    finds: /^fail connection: Nothing accepts connections at 127\.0\.0\.1:1. → .*pnpm db start/,
  },
  {
    name: 'authentication failed',
    env: () => ({ DATABASE_URL: at({ user: 'nobody_known', password: 'hidden' }) }),
    finds: /^fail connection: The server .* refused to log in user nobody_known. → Check user and password/,
  },
  {
    name: 'database does not exist',
    env: () => ({ DATABASE_URL: at({ database: 'nowhere' }) }),
    finds: /^fail connection: The database nowhere does not exist .* → .*pnpm db create/,
  },
];

const OF_DATABASE: Broken[] = [
  {
    name: 'sessions that are read-only',
    make: () => project.query(`alter database ${name()} set default_transaction_read_only = on`),
    undo: () => project.query(`set default_transaction_read_only = off; alter database ${name()} reset all`),
    finds: /^fail server: Sessions of this role are read-only.* → .*RESET default_transaction_read_only/,
  },
  {
    name: 'a role that may not create',
    needsRoles: true,
    env: () => ({ DATABASE_URL: at({ user: `${name()}_weak`, password: '' }) }),
    make: () =>
      project.query(`create role ${name()}_weak login; grant usage on schema drizzle to ${name()}_weak;
        grant select on all tables in schema drizzle to ${name()}_weak`),
    undo: () => project.query(`drop owned by ${name()}_weak; drop role ${name()}_weak`),
    finds: /^fail rights: .*_weak may not create schemas .* → .*GRANT CREATE ON DATABASE/,
  },
  {
    name: 'pools that are larger than the server',
    env: () => ({ DATABASE_URL: project.url, ORDERS_DB_POOL_MAX: '1000' }),
    make: () => write('apps/orders/package.json', '{}'),
    finds: /^fail connections: 1 services open 1000 connections at most.* → DB_POOL_MAX=\d+/,
  },
  {
    name: 'relation does not exist',
    make: () => project.query('alter table countries rename to lands'),
    undo: () => project.query('alter table lands rename to countries'),
    finds: /^fail tables: relation "countries" does not exist, although 0000_init made it.* → .*pnpm db drift/,
  },
  {
    name: 'an index that a broken build left',
    make: async () => {
      await project.query("insert into countries values ('a', 'same'), ('b', 'same')");
      await project.query('create unique index concurrently broken on countries (name)').catch(() => {});
    },
    undo: () => project.query('drop index broken'),
    finds: /^fail invalid indexes: public\.broken: .*INVALID.* → DROP INDEX CONCURRENTLY public\.broken/,
  },
  {
    name: 'a foreign key without an index',
    make: () => project.query('create table cities (id int primary key, country text references countries)'),
    undo: () => project.query('drop table cities'),
    finds:
      /^warn foreign keys: cities_country_fkey of cities has no index on \(country\).* → CREATE INDEX CONCURRENTLY idx_cities_country ON cities \(country\);/,
  },
  {
    name: 'roles that are not all there',
    needsRoles: true,
    file: 'with-access.config.ts',
    make: async () => {
      project.write(
        'with-access.config.ts',
        project
          .read('db.config.ts')
          .replace("database: 'shop',", "database: 'shop', access: { domains: { sales: {} } },"),
      );
      await project.query(`create role ${name()}_owner`);
    },
    undo: () => project.query(`drop role ${name()}_owner`),
    finds: /^warn ownership: The table sales\.orders belongs to .* → pnpm db roles/,
  },
  {
    name: 'a migration that is pending',
    make: () => project.addMigration('0001_more', 'CREATE TABLE "more" ("id" int);'),
    finds: /^warn migrations: 1 migration pending. → pnpm db migrate/,
  },
  {
    name: 'schema already exists: a pending migration makes what is there',
    make: () => project.query('create table more (id int)'),
    undo: () => project.query('drop table more'),
    finds:
      /^fail tables: relation "more" already exists, although 0001_more.* → .*pnpm db repair --mark-applied 0001_more/,
  },
  {
    name: 'an applied migration that was edited',
    make: () => project.edit('migrations/0000_init.sql', '"note" text,', '"note" varchar,'),
    undo: () => project.edit('migrations/0000_init.sql', '"note" varchar,', '"note" text,'),
    finds: /^fail migrations: 0000_init\.sql was changed .* → .*repair/,
  },
];

const name = () => parseDatabaseUrl(project.url).database;

async function mayCreateRoles(): Promise<boolean> {
  const [role] = await project.query(
    'select rolsuper or rolcreaterole as may from pg_roles where rolname = current_user',
  );
  return role!.may === true;
}

test.for([...OF_CLONE, ...OF_DATABASE])('names the fault and the fix of $name', async (broken, { skip }) => {
  if (broken.needsRoles && !(await mayCreateRoles())) skip('the user of TEST_DATABASE_URL has no CREATEROLE');
  await broken.make?.();
  try {
    const found = await faults(broken.env?.(), broken.file);
    expect(found).toContainEqual(expect.stringMatching(broken.finds));
    expect(found.join()).not.toMatch(/hunter2|hidden/);
    expect(found.filter((line) => line.endsWith('undefined'))).toEqual([]);
  } finally {
    await broken.undo?.();
  }
});

test('a migration that fails for what is there already says who may have made it', async () => {
  await project.query('create table more (id int)');
  const { exit, json } = await project.db(['migrate', '--json']);
  expect([exit, json.sqlState]).toEqual([1, '42P07']);
  expect(json.error.hint).toContain('pnpm db repair --mark-applied 0001_more');
  await project.query('drop table more');
});

test('names a pooler, before migrations and before services that prepare', async () => {
  const proxy = await startPoolerLookalike();
  try {
    const { port } = proxy.address() as { port: number };
    const pooled = at({ host: '127.0.0.1', port });
    expect(await faults({ DATABASE_URL: pooled })).toContainEqual(
      expect.stringMatching(/^fail pooler: .* → DATABASE_URL_DIRECT=/),
    );
    const both = { DATABASE_URL: pooled, DATABASE_URL_DIRECT: project.url };
    expect(await faults(both)).toContainEqual(
      expect.stringMatching(/^warn pooler: DATABASE_URL .* → DB_PREPARE=false/),
    );
    expect((await faults({ ...both, DB_PREPARE: 'false' })).join()).not.toContain('pooler');
  } finally {
    proxy.close();
  }
});

test('names a transaction that has been open for long, and how to end it', async () => {
  const { pid, release } = await project.hold('select 1');
  const sql = await connect(project.url);
  const [found] = await findLong(sql, { open: 0, idle: 0 });
  expect(found).toMatchObject({ level: 'warn', fix: `SELECT pg_terminate_backend(${pid});` });
  expect(await findLong(sql, { open: 300, idle: 60 })).toMatchObject([{ level: 'ok' }]);
  await Promise.all([sql.end(), release()]);
});

test('names a full disk', () => {
  expect(judgeFree('/data', 100 * 1024 ** 2)).toMatchObject([{ level: 'fail' }]);
  expect(judgeFree('/data', 900 * 1024 ** 2)).toMatchObject([{ level: 'warn' }]);
  expect(judgeFree('/data', 9000 * 1024 ** 2)).toMatchObject([{ level: 'ok' }]);
});

test('ends with 3 when something fails, and says it once with its fix', async () => {
  const { exit, json, stderr } = await project.db(['doctor', '--json'], { url: withDatabase(project.url, 'nowhere') });
  expect([exit, json.error.code]).toEqual([3, 'doctor_failed']);
  expect(stderr).toContain('FAIL  connection');
});

/** Passes bytes on, and announces another process id, as a pooler does. */
async function startPoolerLookalike(): Promise<Server> {
  const { host, port } = server();
  const proxy = createServer((client) => {
    const upstream = dial(port, host);
    client.pipe(upstream);
    upstream.on('data', (part: Buffer) => {
      const at = part.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
      if (at >= 0) part.writeInt32BE(part.readInt32BE(at + 5) + 1, at + 5);
      client.write(part);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => proxy.listen(20_000 + (process.pid % 9_000), '127.0.0.1', resolve));
  return proxy;
}

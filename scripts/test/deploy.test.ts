import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { birthOf } from '@org/db-tools/process-identity';
import { expect, test } from 'vitest';
import {
  clientVariables,
  defaultPasswords,
  type Environments,
  migrationsTarget,
  readEnvironments,
  refuseFiles,
} from '../deploy/compose-config.ts';
import { deploy } from '../deploy/deploy.ts';
import type { Driver } from '../deploy/driver.ts';
import { killDeployed, processes } from '../deploy/processes.ts';
import { wayBackCommand } from '../deploy/words.ts';
import { listServices } from '../services.ts';

const root = path.dirname(path.dirname(import.meta.dirname));

const parts = { DB_HOST: 'postgres', DB_PORT: '5432', DB_NAME: 'app', DB_SSLMODE: 'disable' };
const environments: Environments = {
  postgres: { POSTGRES_PASSWORD: 'p', PGBOUNCER_PASSWORD: 'local' },
  roles: { ...parts, DB_USER: 'postgres', DB_PASSWORD: 'p', FILES_DB_PASSWORD: 'local', FILES_DATABASE_URL: '' },
  migrate: { ...parts, DB_USER: 'app_migrator', DB_PASSWORD: 'a$b' },
};
const elsewhere = 'postgres://someone:s%40@db.example.com/shop';

test('a backup connects as migrations do', () => {
  expect(clientVariables(migrationsTarget(environments))).toEqual({
    PGHOST: 'postgres',
    PGPORT: '5432',
    PGUSER: 'app_migrator',
    PGPASSWORD: 'a$b',
    PGDATABASE: 'app',
    PGSSLMODE: 'disable',
  });
  const moved = {
    ...environments,
    migrate: { ...environments.migrate, DATABASE_URL_DIRECT: elsewhere },
    roles: { ...environments.roles, DATABASE_URL_DIRECT: elsewhere },
  };
  expect(clientVariables(migrationsTarget(moved))).toMatchObject({
    PGHOST: 'db.example.com',
    PGPASSWORD: 's@',
    PGDATABASE: 'shop',
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: 'system',
  });
});

test('and is refused where that is not known, or roles are made in another database', () => {
  const moved = { ...environments, migrate: { ...environments.migrate, DATABASE_URL_DIRECT: elsewhere } };
  expect(() => migrationsTarget(moved)).toThrow('go to db.example.com:5432/shop and roles to postgres:5432/app.');
  const hidden = { ...environments, migrate: { DATABASE_URL_DIRECT_FILE: '/run/secrets/url' } };
  expect(() => refuseFiles(hidden)).toThrow('is in DATABASE_URL_DIRECT_FILE, which only their container reads');
  expect(() => refuseFiles(environments)).not.toThrow();
});

test('passwords of local use are no passwords of a deployment, where somebody uses them', () => {
  expect(defaultPasswords(environments)).toEqual(['FILES_DB_PASSWORD', 'PGBOUNCER_PASSWORD']);
  const moved = {
    ...environments,
    migrate: { ...environments.migrate, DATABASE_URL_DIRECT: elsewhere },
    roles: { ...environments.roles, FILES_DATABASE_URL: elsewhere },
  };
  expect(defaultPasswords(moved)).toEqual([]);
});

test('what compose prints is read as what containers get', () => {
  const services = { migrate: { environment: { DB_PASSWORD: 'a$$b', DB_USER: null } }, postgres: {} };
  expect(readEnvironments(JSON.stringify({ services }))).toEqual({ migrate: { DB_PASSWORD: 'a$b' }, postgres: {} });
});

test('the way back has the flags of the way there, and no password', () => {
  const args = ['--driver=compose', '--release', '2', '--env-file', 'a file', '--no-smoke', '--at', 'files=https://x'];
  const options = {
    driver: { type: 'string' },
    release: { type: 'string' },
    'env-file': { type: 'string' },
    smoke: { type: 'boolean' },
    at: { type: 'string', multiple: true },
  } as const;
  const tokensOf = (more: string[]) =>
    parseArgs({ args: [...args, ...more], options, tokens: true, allowPositionals: true, allowNegative: true }).tokens;
  const flags =
    "pnpm run deploy --driver compose --env-file 'a file' --no-smoke --at files=https://x --release 1 --back";
  expect(wayBackCommand(tokensOf([]), '1')).toBe(flags);
  expect(wayBackCommand(tokensOf(['--', '--admin-email', 'a@b', '--admin-password', 'secret']), '1')).toBe(
    `${flags} -- --admin-email a@b --admin-password '…'`,
  );
});

test('the database is there before the backup, which comes before migrations; the first failure says the way back', async () => {
  const did: string[] = [];
  const note = (name: string) => async () => void did.push(name);
  const driver: Driver = {
    services: ['files'],
    current: async () => ({ files: did.includes('roll') ? '2' : '1' }),
    fetch: note('fetch'),
    database: note('database'),
    backup: async () => {
      did.push('backup');
      return { where: 'there', restore: ['restore it'] };
    },
    migrate: note('migrate'),
    roll: async () => {
      did.push('roll');
      throw new Error('not ready');
    },
    url: () => '',
  };
  const said: string[] = [];
  const options = { backup: true, migrate: true, back: (to: string) => `back to ${to}`, say: said.push.bind(said) };
  expect(await deploy(driver, options)).toBe(false);
  expect(did).toEqual(['fetch', 'database', 'backup', 'migrate', 'roll']);
  expect(said).toEqual(expect.arrayContaining(['FAIL  roll files: not ready', '  back to 1', '  restore it']));
  did.length = 0;
  await deploy(driver, { ...options, backup: false, migrate: false });
  expect(did, 'going back is for services alone').toEqual(['fetch', 'roll']);
});

test.each([
  ['--timeout', 'abc', '--timeout abc is not a whole number from 1 to 3600.'],
  ['--port-step', '0', '--port-step 0 is not a whole number from 1 to 10000.'],
])('%s %s is refused before anything is done', (flag, value, sentence) => {
  const args = ['--driver', 'processes', '--release', 'nowhere', flag, value];
  const script = path.join(import.meta.dirname, '../deploy.ts');
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([2, `${sentence}\n`]);
});

test('a process that only has the id of one that was deployed is left alone', async () => {
  const state = mkdtempSync(path.join(tmpdir(), 'deployed-'));
  const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const instance = { release: '/srv/1', pid: child.pid!, port: 28_491 };
  const note = (birth: string) => writeFileSync(path.join(state, 'files.json'), JSON.stringify({ ...instance, birth }));
  const driver = processes({ services: listServices(root), release: 'r', state, portStep: 10, urls: {}, timeout: 1 });
  writeFileSync(path.join(state, 'before-1.dump.json'), '{"kind":"db-tools backup"}');
  note('of another');
  expect(await driver.current()).toEqual({});
  killDeployed(state);
  expect(child.exitCode ?? child.signalCode).toBeNull();
  note(birthOf(child.pid!)!);
  expect(await driver.current()).toEqual({ files: '/srv/1' });
  killDeployed(state);
  expect(await ended).toEqual([null, 'SIGKILL']);
  rmSync(state, { recursive: true });
});

test('a port that somebody else has is no place for a service', async () => {
  const state = mkdtempSync(path.join(tmpdir(), 'deployed-'));
  const [files] = listServices(root).filter(({ name }) => name === 'files');
  const other = net.createServer().listen(28_495, '127.0.0.1');
  await once(other, 'listening');
  const services = [{ ...files!, portVariable: 'NOT_SET_PORT', defaultPort: 28_495 }];
  const driver = processes({ services, release: 'r', state, portStep: 10, urls: {}, timeout: 1 });
  await expect(driver.roll('files')).rejects.toThrow('Port 28495 is taken by a process that no deployment');
  other.close();
  rmSync(state, { recursive: true });
});

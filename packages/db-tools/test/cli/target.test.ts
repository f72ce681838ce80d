import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProject, type Project } from './project.ts';

let project: Project;
beforeAll(async () => {
  project = createProject();
});
afterAll(() => project.remove());

describe('without a URL', () => {
  test.each(['status', 'migrate', 'create', 'prepare', 'seed', 'url', 'push', 'reset'])(
    'db %s exits 2 with CI set and starts nothing',
    async (verb) => {
      const { exit, json } = await project.db([verb, '--json'], { url: null, env: { CI: 'true' } });
      expect(exit).toBe(2);
      expect(json.error.code).toBe('target_missing');
      expect(json.error.hint).toContain('--url');
    },
  );

  test('it exits 2 in production', async () => {
    const { exit, json } = await project.db(['migrate', '--json'], { url: null, env: { NODE_ENV: 'production' } });
    expect(exit).toBe(2);
    expect(json.error.message).toContain('NODE_ENV is production');
  });

  test('an empty DATABASE_URL counts as none, and a part of DB_* alone is named', async () => {
    const empty = await project.db(['status', '--json'], { url: '', env: { CI: '1' } });
    expect(empty.exit).toBe(2);
    const part = await project.db(['status', '--json'], { url: null, env: { DB_HOST: '127.0.0.1', DB_USER: 'app' } });
    expect(part.exit).toBe(1);
    expect(part.json.error.message).toBe('DB_HOST, DB_USER are set, but DB_NAME is not.');
  });
});

describe('a URL that leads nowhere', () => {
  const cases: [string, string, number][] = [
    ['postgres://app:s3cret@127.0.0.1:20001/app', 'connection_refused', 5],
    ['postgres://app:s3cret@host.invalid/app', 'host_unknown', 5],
    ['mysql://app:s3cret@127.0.0.1/app', 'invalid_url', 1],
    ['app:s3cret', 'invalid_url', 1],
    ['postgres://app:s3#cret@127.0.0.1/app', 'invalid_url', 1],
    ['postgres://app:s3cret@127.0.0.1/app?sslmodus=require', 'invalid_url', 1],
    ['postgres://app:s3cret@127.0.0.1/app?sslmode=yes', 'invalid_url', 1],
  ];
  test.each(cases)('%s is %s', async (url, code, exit) => {
    const env = {
      DATABASE_URL_DIRECT: `${url}${url.includes('?') || !url.startsWith('p') ? '' : '?connect_timeout=1'}`,
    };
    const run = await project.db(['status', '--json'], { env });
    expect(run.exit).toBe(exit);
    expect(run.json).toMatchObject({ ok: false, error: { code, hint: expect.any(String) } });
    expect(run.stdout + run.stderr).not.toContain('s3cret');
    expect(run.stdout + run.stderr).not.toContain('cret@');
  });

  test('a database that does not exist is told with the command that makes it', async () => {
    const { exit, json } = await project.db(['status', '--json']);
    expect(exit).toBe(1);
    expect(json.error.code).toBe('database_missing');
    expect(json.error.hint).toContain('pnpm db create');
  });
});

describe('a database that is not local', () => {
  const remote = 'postgres://app:s3cret@db.example.com/app';

  test.each([['drop'], ['reset'], ['push'], ['studio'], ['seed', 'dev']])('db %s is refused', async (...args) => {
    const { exit, json, stderr } = await project.db([...args, '--yes', '--json'], { url: remote });
    expect(exit).toBe(5);
    expect(json.error.code).toBe('not_local');
    expect(json.error.message).toContain('db.example.com/app');
    expect(stderr).not.toContain('s3cret');
  });

  test('--target has to name the database that the URL names', async () => {
    const { exit, json } = await project.db(['drop', '--target', 'db.example.com/other', '--json'], { url: remote });
    expect(exit).toBe(5);
    expect(json.error).toMatchObject({
      code: 'target_mismatch',
      hint: 'If that is meant: pnpm db drop --target db.example.com/app',
    });
  });
});

test('a --target that names another database stops a seed too', async () => {
  const { exit, json } = await project.db(['seed', 'dev', '--target', 'db.example.com/app', '--json']);
  expect([exit, json.error.code]).toEqual([5, 'target_mismatch']);
});

test('a hint repeats --url and --config, without which it would be about another database', async () => {
  project.write('other config.ts', `export { default } from './db.config.ts';`);
  const args = ['--config', 'other config.ts', '--url', project.url];
  const { json } = await project.db(['status', '--json', ...args], { url: null });
  expect(json.error.hint).toBe(
    "Create it with: pnpm db create --config 'other config.ts' --url … — or create, migrate and seed it with: pnpm db prepare --config 'other config.ts' --url …",
  );
  const studio = await project.db(['studio', '--json', `--url=${project.url}`], { url: null });
  expect(studio.json.error).toMatchObject({ code: 'database_missing' });
});

describe('db url', () => {
  test('with the parts it says that DB_PASSWORD has the password', async () => {
    const env = { DB_HOST: '127.0.0.1', DB_USER: 'app', DB_NAME: 'app', DB_PASSWORD: 's3cret' };
    const { stdout, stderr } = await project.db(['url'], { url: null, env });
    expect([stdout, stderr]).toEqual([
      'postgres://app:***@127.0.0.1:5432/app\n',
      'The password is left out; it is in DB_PASSWORD.\n',
    ]);
  });

  test('prints the URL alone, the password redacted', async () => {
    const { exit, stdout, stderr } = await project.db(['url'], { url: 'postgres://app:s3cret@db.example.com/app' });
    expect(exit).toBe(0);
    expect(stdout).toBe('postgres://app:***@db.example.com:5432/app\n');
    expect(stderr).not.toContain('s3cret');
  });

  test('takes .env, the real environment before it, and DB_* with any password', async () => {
    project.write('.env', 'DATABASE_URL=postgres://env@127.0.0.1/from_env\n');
    const fromFile = await project.db(['url'], { url: null });
    expect(fromFile.stdout).toBe('postgres://env@127.0.0.1:5432/from_env\n');
    const real = await project.db(['url'], { url: 'postgres://real@127.0.0.1/real' });
    expect(real.stdout).toBe('postgres://real@127.0.0.1:5432/real\n');
    project.write('.env', '');
    const parts = await project.db(['url', '--json'], {
      url: null,
      env: { DB_HOST: '127.0.0.1', DB_USER: 'app', DB_NAME: 'app', DB_PASSWORD: 'p@s s/#?%"' },
    });
    expect(parts.json.url).toBe('postgres://app:***@127.0.0.1:5432/app');
    expect(parts.stdout + parts.stderr).not.toContain('p@s');
  });
});

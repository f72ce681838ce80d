import { afterAll, beforeEach, expect, test, vi } from 'vitest';
import { connect } from '../../src/connection/connect.ts';
import { waitUntil } from '../wait-until.ts';
import { createProject, type Project } from './project.ts';

// Each step is a process, and a loaded machine starts them slowly.
vi.setConfig({ testTimeout: 120_000 });

const projects: Project[] = [];
let project: Project;
beforeEach(() => {
  project = createProject();
  projects.push(project);
});
afterAll(() => Promise.all(projects.map((each) => each.remove())));

test('prepare creates, migrates and seeds once; status then says so', async () => {
  const first = await project.db(['prepare', '--json']);
  expect(first.exit).toBe(0);
  expect(first.json).toMatchObject({
    created: true,
    applied: [{ tag: '0000_init' }],
    seeded: { reference: { countries: 2 }, dev: { 'sales.orders': 2 } },
  });
  const second = await project.db(['prepare', '--json']);
  expect(second.json).toMatchObject({ ok: true, created: false, applied: [], seeded: {} });

  const status = await project.db(['status', '--json', '--exit-code']);
  expect(status.exit).toBe(0);
  expect(status.json).toEqual({
    ok: true,
    migrations: [{ tag: '0000_init', state: 'applied', appliedAt: expect.any(String), ms: expect.any(Number) }],
    pending: 0,
  });
});

test('Ctrl-C ends prepare while it seeds, and the next one seeds what is left', async () => {
  await project.db(['create']);
  await project.db(['migrate']);
  const held = await project.hold('lock table sales.orders in access exclusive mode');
  const child = Promise.withResolvers<number>();
  const running = project.db(['prepare', '--json'], { onStart: child.resolve });
  const blocked = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  await waitUntil('the seed that waits', async () => (await project.query(blocked)).length === 1);
  process.kill(await child.promise, 'SIGINT');
  const { exit, json } = await running;
  await held.release();
  expect(exit).toBe(130);
  expect(json.error).toEqual({
    code: 'interrupted',
    message: 'Interrupted by SIGINT. The seed dev was not finished.',
    hint: 'Go on with: pnpm db seed',
  });
  expect(Object.keys((await project.db(['prepare', '--json'])).json.seeded)).toEqual(['reference', 'dev']);
  expect(await project.query('select count(*)::int as n from sales.orders')).toEqual([{ n: 2 }]);
});

test('a seed that fails says what it says itself, or what the server answered', async () => {
  await project.db(['create']);
  await project.db(['migrate']);
  const seeds = project.read('seeds.ts');
  project.write(
    'seeds.ts',
    seeds.replace(
      'const sql = postgres',
      "if (url) throw new TypeError('nothing to seed with');\n  const sql = postgres",
    ),
  );
  const defect = await project.db(['seed', 'reference', '--json']);
  expect([defect.exit, defect.json.error]).toEqual([
    1,
    { code: 'seed_failed', message: 'The seed reference failed: nothing to seed with', hint: 'DEBUG=1 shows where' },
  ]);
  project.write('seeds.ts', seeds.replace('into countries', 'into continents'));
  const answered = await project.db(['seed', 'reference', '--json']);
  expect(answered.json.error.message).toMatch(/answered: relation "continents" does not exist \(42P01\)\.$/);
});

test('six at once prepare the same database: one creates it, all succeed', async () => {
  const runs = await Promise.all(Array.from({ length: 6 }, () => project.db(['prepare', '--json'])));
  expect(runs.map(({ exit }) => exit)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(runs.filter(({ json }) => json.created)).toHaveLength(1);
  expect(runs.filter(({ json }) => json.applied.length > 0)).toHaveLength(1);
});

test('a seed that never ran after the database was created is run by the next prepare', async () => {
  project.edit(
    'seeds.ts',
    `console.log('a seed may print');`,
    `if (process.env.KILL) process.kill(process.pid, 'SIGKILL');`,
  );
  const killed = await project.db(['prepare'], { env: { KILL: '1' } });
  expect(killed.exit).toBe(null);
  const again = await project.db(['prepare', '--json']);
  expect(again.json).toMatchObject({
    created: false,
    seeded: { reference: { countries: 2 }, dev: { 'sales.orders': 2 } },
  });
});

test('migrate applies what is pending, --dry-run nothing, and status --exit-code is 3 before', async () => {
  await project.db(['create']);
  const pending = await project.db(['status', '--exit-code', '--json']);
  expect(pending.exit).toBe(3);
  expect(pending.json).toMatchObject({ ok: false, error: { code: 'not_all_applied' }, pending: 1 });
  const dry = await project.db(['migrate', '--dry-run', '--json']);
  expect(dry.json).toMatchObject({ applied: [], pending: ['0000_init'] });
  const applied = await project.db(['migrate']);
  expect(applied.exit).toBe(0);
  expect(applied.stdout).toBe('');
  expect(applied.stderr).toMatch(/0000_init {2}\d+ ms\nApplied 1 migration to /);
  expect(await project.db(['migrate', '--json'])).toMatchObject({ exit: 0 });
});

test('seed refuses pending migrations, tells an unknown seed, and writes nothing twice', async () => {
  await project.db(['create']);
  const pending = await project.db(['seed', '--json']);
  expect(pending.exit).toBe(3);
  expect(pending.json.error.code).toBe('migrations_pending');
  await project.db(['migrate']);
  const unknown = await project.db(['seed', 'demo', '--json']);
  expect(unknown.exit).toBe(1);
  expect(unknown.json.error.hint).toBe('pnpm db seed reference or pnpm db seed dev');
  expect((await project.db(['seed', 'reference', '--json'])).json.seeded).toEqual({ reference: { countries: 2 } });
  expect((await project.db(['seed', '--json'])).json.seeded).toEqual({
    reference: { countries: 0 },
    dev: { 'sales.orders': 2 },
  });
});

test('in production reference seeds run, dev seeds and destruction do not, even on loopback', async () => {
  const production = { env: { NODE_ENV: 'production' } };
  await project.db(['prepare']);
  expect((await project.db(['seed', 'reference', '--json'], production)).exit).toBe(0);
  expect((await project.db(['seed', '--json'], production)).json.seeded).toEqual({ reference: { countries: 0 } });
  for (const args of [['seed', 'dev'], ['drop', '--yes'], ['reset', '--yes'], ['push'], ['studio']]) {
    const { exit, json } = await project.db([...args, '--json'], production);
    expect([args[0], exit, json.error.code]).toEqual([args[0], 5, 'not_local']);
  }
  expect(await project.query('select count(*)::int as n from sales.orders')).toEqual([{ n: 2 }]);
});

test('a loopback database without our mark is not local', async () => {
  await project.db(['prepare']);
  await project.query(`comment on database ${project.url.split('/').at(-1)} is null`);
  const { exit, json } = await project.db(['reset', '--yes', '--json']);
  expect(exit).toBe(5);
  expect(json.error.message).toContain('was not made by db create, prepare or start');
});

test('drop and reset need a confirmation, which nobody is asked for off a terminal', async () => {
  await project.db(['prepare']);
  await project.query(`insert into countries values ('xx', 'to be lost')`);
  for (const verb of ['drop', 'reset']) {
    const { exit, json } = await project.db([verb, '--json']);
    expect(exit).toBe(2);
    expect(json.error).toMatchObject({ code: 'confirmation_missing', hint: `pnpm db ${verb} --yes` });
    // Pasted without its --url, the hint would destroy what the environment names.
    const named = await project.db([verb, '--json', '--url', project.url], { url: null });
    expect(named.json.error.hint).toBe(`pnpm db ${verb} --url … --yes`);
  }
  const reset = await project.db(['reset', '--yes', '--json']);
  expect(reset.json).toMatchObject({ ok: true, seeded: { dev: { 'sales.orders': 2 } } });
  expect(await project.query(`select count(*)::int as n from countries`)).toEqual([{ n: 2 }]);
  expect((await project.db(['drop', '--yes', '--json'])).json).toMatchObject({ dropped: true });
  expect((await project.db(['drop', '--yes', '--json'])).json).toMatchObject({ dropped: false });
  expect((await project.db(['reset', '--yes', '--json'])).json).toMatchObject({ applied: [{ tag: '0000_init' }] });
  expect((await project.db(['create', '--json'])).json).toMatchObject({ created: false });
});

test('--target spells out a database that is not local, and that is its confirmation', async () => {
  await project.db(['create']);
  const name = project.url.split('/').at(-1);
  await project.query(`comment on database ${name} is null`);
  const { exit, json } = await project.db(['reset', '--target', `127.0.0.1/${name}`, '--json']);
  expect(exit).toBe(0);
  expect(json.seeded).toEqual({ reference: { countries: 2 } });
  expect((await project.db(['drop', '--yes', '--json'])).exit).toBe(5);
});

test('start, url and stop: the local server of the project, also in CI, its database made and marked', async () => {
  const ci = { url: null, env: { CI: 'true' } };
  try {
    const started = await project.db(['start', '--json'], ci);
    expect([started.exit, started.json.error]).toEqual([0, undefined]);
    expect(started.json).toMatchObject({ created: true, port: expect.any(Number) });
    expect(started.json.url).toBe(`postgres://postgres@127.0.0.1:${started.json.port}/shop`);
    expect((await project.db(['url'], { url: null })).stdout).toBe(`${started.json.url}\n`);
    const prepared = await project.db(['prepare', '--json'], { url: null });
    expect(prepared.json).toMatchObject({ created: false, seeded: { dev: { 'sales.orders': 2 } } });
    expect((await project.db(['start', '--json'], ci)).json.created).toBe(false);
    const services = await Promise.all([1, 2].map(() => connect(started.json.url)));
    const { json, stderr } = await project.db(['stop', '--json']);
    expect(json).toEqual({ ok: true, stopped: true, connections: 2 });
    expect(stderr).toContain('2 connections have ended with it; services that run answer 503 until: pnpm db start');
    await Promise.all(services.map((service) => service.end()));
    expect((await project.db(['start'], ci)).exit).toBe(0);
  } finally {
    const { json, stderr } = await project.db(['stop', '--json']);
    expect(json).toEqual({ ok: true, stopped: true, connections: 0 });
    expect(stderr).not.toContain('503');
  }
  expect((await project.db(['stop', '--json'])).json).toEqual({ ok: true, stopped: false });
});

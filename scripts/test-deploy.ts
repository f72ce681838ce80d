/**
 * `pnpm test:deploy`: deploys releases over each other under load, on local processes behind a balancer. No request may
 * fail, on the way up nor back; a release that does not start, or whose migration fails, leaves the old one serving.
 *
 * Takes the builds in dist/: `pnpm build` first. The backup is left out where there is no pg_dump 18, except in CI.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { attempt, type Outcome } from './containers/run.ts';
import { startBalancer } from './deploy/balancer.ts';
import { expectNoFailures, startLoad } from './deploy/load.ts';
import { killDeployed } from './deploy/processes.ts';
import { listServices } from './services.ts';
import { startThrowawayDatabase } from './throwaway-database.ts';

const root = path.dirname(import.meta.dirname);
const services = listServices(root);
const FRONT = 28_401; // then one per service
const BASE = 28_411;
const STEP = 10;

// Where scripts/install-test-packages puts it.
const unpacked = path.join(process.env.TMPDIR ?? tmpdir(), `stratum-postgresql-client-18-${process.getuid?.()}`, 'bin');
const PATH = [unpacked, process.env.PATH].join(path.delimiter);
const { stdout: clientVersion } = spawnSync('pg_dump', ['--version'], {
  encoding: 'utf8',
  env: { ...process.env, PATH },
});
const hasClient = / (1[89]|[2-9]\d)\./.test(clientVersion ?? '');
const noBackup = hasClient || process.env.CI ? [] : ['--no-backup'];
if (noBackup.length > 0) console.log('skip  backups: there is no pg_dump 18; scripts/install-test-packages gets it.');

const sandbox = mkdtempSync(path.join(tmpdir(), 'deploy '));
const state = path.join(sandbox, 'state');
const database = await startThrowawayDatabase();
const closing: (() => Promise<void>)[] = [];
try {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    SHUTDOWN_DELAY: '800', // the balancer looks every 100 ms
    DATABASE_URL_DIRECT: database.as('migrator'),
    ...Object.fromEntries(services.map(({ name, databaseVariable }) => [databaseVariable, database.as(name)])),
    ...Object.fromEntries(services.map(({ portVariable }, i) => [portVariable, String(BASE + i)])),
  };

  const first = makeRelease('first');
  const second = makeRelease('second', (folder) =>
    addMigration(folder, 'alter table files.files add column note text;'),
  );
  const broken = makeRelease('broken', (folder) => {
    addMigration(folder, 'alter table files.files add column note text;');
    writeFileSync(path.join(folder, 'files/main.js'), "throw new Error('This build is broken');\n");
  });
  const unmigratable = makeRelease('unmigratable', (folder) => {
    addMigration(folder, 'alter table files.files add column note text;');
    addMigration(folder, 'alter table files.nowhere add column note text;');
  });
  db(first, env, 'roles', '--url', database.url);

  await expectDone(runDeploy(first, env, '--no-smoke'), 'a first deployment');
  db(first, env, 'seed', '--target', '127.0.0.1/app');
  for (const [i] of services.entries()) closing.push(startBalancer(FRONT + i, [BASE + i, BASE + STEP + i]));

  const load = await startLoad((name) => `http://127.0.0.1:${FRONT + services.findIndex((s) => s.name === name)}`);
  await expectNoFailures(load, 'a deployment with a migration, backup and smoke test, under load', () =>
    expectDone(runDeploy(second, env), 'the second release'),
  );
  await expectNoFailures(load, 'the way back under load', () =>
    expectDone(runDeploy(first, env, '--back'), 'going back'),
  );
  await expectNoFailures(
    load,
    'a release that is not there as a whole changes nothing',
    async () => {
      const outcome = await runDeploy(path.join(sandbox, 'nothing'), env);
      expect(
        outcome.code === 1 && /FAIL {2}release: .* is no release: identity\/main\.js, /.test(outcome.stdout),
        outcome.stdout,
      );
    },
    0,
  );
  await expectNoFailures(load, 'a build that does not start leaves the old one serving', async () => {
    const outcome = await runDeploy(broken, env, '--timeout', '20');
    expect(outcome.code === 1 && /FAIL {2}roll files: .*This build is broken/s.test(outcome.stdout), outcome.stdout);
    expect(/new: identity\n {2}as before: files, credits/.test(outcome.stdout), outcome.stdout);
    expect(outcome.stdout.includes(`--release '${first}' --back`), outcome.stdout);
  });
  await expectNoFailures(load, 'a migration that fails changes no service', async () => {
    const outcome = await runDeploy(unmigratable, env);
    expect(outcome.code === 1 && /FAIL {2}migrate: .*nowhere/s.test(outcome.stdout), outcome.stdout);
    expect(outcome.stdout.includes('no service that ran was changed'), outcome.stdout);
  });
  await load.stop();
} finally {
  for (const close of closing) await close();
  killDeployed(state);
  await database.stop();
  rmSync(sandbox, { recursive: true, force: true });
}
/** What `pnpm build` made, in a folder of its own, changed by `change`. */
function makeRelease(name: string, change: (folder: string) => void = () => {}): string {
  const folder = path.join(sandbox, name);
  const parts = [
    ...services.map((service) => [`apps/${service.name}`, service.name]),
    ['packages/db', 'migrate'],
  ] as const;
  for (const [from, to] of parts) {
    const dist = path.join(root, from!, 'dist');
    if (!existsSync(dist)) throw new Error(`${dist} is not there: pnpm build`);
    cpSync(dist, path.join(folder, to!), { recursive: true });
  }
  change(folder);
  return folder;
}

function addMigration(release: string, statement: string): void {
  for (const part of readdirSync(release)) {
    const journalFile = path.join(release, part, 'migrations/meta/_journal.json');
    const journal = JSON.parse(readFileSync(journalFile, 'utf8'));
    const last = journal.entries.at(-1);
    const tag = `${String(last.idx + 1).padStart(4, '0')}_of_a_test`;
    journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1000, tag });
    writeFileSync(journalFile, JSON.stringify(journal));
    writeFileSync(path.join(release, part, 'migrations', `${tag}.sql`), statement);
  }
}

function db(release: string, env: NodeJS.ProcessEnv, ...args: string[]): void {
  const cli = [path.join(release, 'migrate/cli.js'), '--config', path.join(release, 'migrate/db.config.js')];
  const { status, stderr } = spawnSync(process.execPath, [...cli, ...args], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`db ${args.join(' ')} ended with ${status}:\n${stderr}`);
}

function runDeploy(release: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Outcome> {
  const fronts = services.flatMap(({ name }, i) => ['--at', `${name}=http://127.0.0.1:${FRONT + i}`]);
  const where = [
    '--driver',
    'processes',
    '--release',
    release,
    '--state',
    state,
    '--port-step',
    String(STEP),
    ...fronts,
  ];
  return attempt(process.execPath, [path.join(import.meta.dirname, 'deploy.ts'), ...where, ...noBackup, ...args], env);
}

async function expectDone(deployment: Promise<Outcome>, what: string): Promise<void> {
  const { code, stdout, stderr } = await deployment;
  if (code !== 0) throw new Error(`${what} ended with ${code}:\n${stdout}${stderr}`);
}

function expect(held: boolean, found: string): void {
  if (!held) throw new Error(`found:\n${found}`);
}

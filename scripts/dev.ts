/**
 * `pnpm dev`: a database, every service in watch mode, and their URLs.
 *
 * Turborepo runs the services (their `dev` depends on `db prepare`); this script gives them what they need to find: the
 * URL of a local PostgreSQL when the environment names no database (`--docker`: that of docker/compose.yaml), a free
 * port each, and on a local database the rights of its own role each, as on a shared one.
 */
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { styleText } from 'node:util';
import { databaseUrl, databaseUrlSource, loadEnvironment } from '@org/db-tools/environment';
import { assignPorts, type PortAssignment } from './ports.ts';
import { listServices } from './services.ts';

const root = path.dirname(import.meta.dirname);
const say = (line: string) => process.stderr.write(`${line}\n`);

const docker = process.argv.includes('--docker');
const args = process.argv.slice(2).filter((argument) => argument !== '--docker');
const environment = loadEnvironment({ root });
const services = listServices(root);
const url = docker ? startCompose() : (databaseUrl(environment) ?? (await startDatabase()));
if (docker) Object.assign(environment, { DATABASE_URL: url, DATABASE_URL_DIRECT: url });
const urls = await ownUrls(url);
const ports = await assignPorts(services, environment).catch((error: Error) => {
  say(error.message);
  process.exit(1);
});

const { PORT: _, ...inherited } = process.env; // one PORT cannot serve several services
const turbo = spawn('turbo', ['run', 'dev', '--ui=stream', ...args], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...inherited,
    DATABASE_URL: url,
    ...(docker ? { DATABASE_URL_DIRECT: url } : {}),
    ...urls,
    ...Object.fromEntries(ports.map(({ service, port }) => [service.portVariable, String(port)])),
    TURBO_TELEMETRY_DISABLED: '1',
  },
});

// Ctrl-C reaches the whole process group, Turborepo included: it stops the services, then we follow. A signal that was
// sent to this process alone is passed on.
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    stopping = true;
    turbo.kill(signal);
  });
}
turbo.on('error', (error) => {
  say(`Turborepo did not start: ${error.message}\nInstall the dependencies with \`pnpm install\`.`);
  process.exit(1);
});
turbo.on('exit', (code) => process.exit(stopping ? 0 : (code ?? 1)));

void announce(ports);

/**
 * The PostgreSQL of docker/compose.yaml, with a database of its own beside the one of compose's services: `db prepare`
 * makes it, and it counts as local.
 */
function startCompose(): string {
  const up = ['up', '--detach', '--wait', 'postgres'];
  const { status, error } = spawnSync('docker', ['compose', '--file', path.join(root, 'docker/compose.yaml'), ...up], {
    stdio: 'inherit',
  });
  if (status !== 0) {
    say(`PostgreSQL did not start${error ? `: ${error.message}` : ''}.\nWithout Docker: pnpm dev`);
    process.exit(1);
  }
  const { POSTGRES_PORT: port = '5432', POSTGRES_PASSWORD: password = 'local' } = environment;
  return `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/app_dev`;
}

async function startDatabase(): Promise<string> {
  const [{ startLocalPostgres }, { loadConfig }, { withDatabase }] = await Promise.all([
    import('@org/db-tools/local-postgres'),
    import('@org/db-tools'),
    import('@org/db-tools/url'),
  ]);
  const config = await loadConfig({ cwd: root });
  const server = await startLocalPostgres(config.localPostgres);
  say(`PostgreSQL ${server.started ? 'started' : 'is running'} on port ${server.port}; \`pnpm db:stop\` ends it.`);
  return withDatabase(server.url, config.database);
}

/**
 * `FILES_DATABASE_URL` and its like, for the roles that `db prepare` is about to make on a local database. Nothing
 * where the environment already tells a service another URL, or migrations another one than services.
 */
async function ownUrls(url: string): Promise<Record<string, string>> {
  if ((databaseUrl(environment, { direct: true }) ?? url) !== url) return {};
  const [{ localRoleUrls }, { loadConfig }] = await Promise.all([
    import('@org/db-tools/access/local-roles'),
    import('@org/db-tools'),
  ]);
  const { access } = await loadConfig({ cwd: root });
  if (!access) return {};
  // A server that does not answer is what `db prepare` tells about.
  const roles = await localRoleUrls(url, environment, access).catch((): Record<string, string> => ({}));
  const own = services.flatMap(({ name, databaseVariable }) => {
    const named = databaseUrlSource(loadEnvironment({ root, service: name }), { service: name });
    const isOwn = named !== undefined && (named.name === databaseVariable || named.url !== url);
    return roles[name] === undefined || isOwn ? [] : [[databaseVariable, roles[name]]];
  });
  // MIGRATE_ON_START must not take a service's own role.
  return own.length === 0 ? {} : { DATABASE_URL_DIRECT: url, ...Object.fromEntries(own) };
}

/** Waits until every service is ready, then prints where they are. */
async function announce(assignments: PortAssignment[]): Promise<void> {
  const started = performance.now();
  await Promise.all(assignments.map(({ port }) => untilReady(`http://127.0.0.1:${port}/health/ready`)));
  const width = Math.max(...assignments.map(({ service }) => service.name.length));
  say('');
  for (const { service, port, taken } of assignments) {
    const home = `http://127.0.0.1:${port}`;
    const why = taken === undefined ? '' : `  (${taken} is taken)`;
    say(`  ${styleText('bold', service.name.padEnd(width))}  ${home}  docs at ${home}/docs${why}`);
  }
  say(
    `\nReady in ${((performance.now() - started) / 1000).toFixed(1)} s. Ctrl-C stops the services; the database stays.`,
  );
}

async function untilReady(address: string): Promise<void> {
  for (;;) {
    const ready = await fetch(address, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
    if (ready?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

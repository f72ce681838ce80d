/**
 * `pnpm dev`: a database, every service in watch mode, and their URLs.
 *
 * Turborepo runs the services (their `dev` depends on `db prepare`); this script gives them what they need to find: the
 * URL of a local PostgreSQL when the environment names no database, and a free port each.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { styleText } from 'node:util';
import { databaseUrl, loadEnvironment } from '@org/db-tools/environment';
import { assignPorts, type PortAssignment } from './ports.ts';
import { listServices } from './services.ts';

const root = path.dirname(import.meta.dirname);
const say = (line: string) => process.stderr.write(`${line}\n`);

const environment = loadEnvironment({ root });
const url = databaseUrl(environment) ?? (await startDatabase());
const ports = await assignPorts(listServices(root), environment).catch((error: Error) => {
  say(error.message);
  process.exit(1);
});

const { PORT: _, ...inherited } = process.env; // one PORT cannot serve several services
const turbo = spawn('turbo', ['run', 'dev', '--ui=stream', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...inherited,
    DATABASE_URL: url,
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

/** Waits until every service is ready, then prints where they are. */
async function announce(assignments: PortAssignment[]): Promise<void> {
  const started = performance.now();
  await Promise.all(assignments.map(({ port }) => untilReady(`http://127.0.0.1:${port}/health/ready`)));
  const width = Math.max(...assignments.map(({ service }) => service.name.length));
  say('');
  for (const { service, port } of assignments) {
    const home = `http://127.0.0.1:${port}`;
    say(`  ${styleText('bold', service.name.padEnd(width))}  ${home}  docs at ${home}/docs`);
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

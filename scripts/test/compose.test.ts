import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { listServices } from '../services.ts';

const root = path.dirname(path.dirname(import.meta.dirname));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const { services } = parse(read('docker/compose.yaml'), { merge: true });

test('every service of apps/ is in it, at its own port, after the migrations and with a role of its own', () => {
  for (const { name, defaultPort, databaseVariable, passwordVariable } of listServices(root)) {
    const service = services[name];
    expect(service, `${name} is missing in docker/compose.yaml`).toBeDefined();
    expect(service.environment.PORT).toBe(defaultPort);
    const own = {
      DB_USER: `app_${name}`,
      DB_PASSWORD: `\${${passwordVariable}:-local}`,
      DATABASE_URL: `\${${databaseVariable}:-}`,
    };
    expect(service.environment).toMatchObject(own);
    for (const [variable, value] of Object.entries(own))
      expect(services.roles.environment[passwordVariable.replace('DB_PASSWORD', variable)]).toBe(value);
    expect(service.depends_on.migrate).toEqual({ condition: 'service_completed_successfully' });
    expect(service.build.args).toEqual({ APP: name });
  }
});

test('every role has a password of its own, which a deployment is given', () => {
  const passwords = [...read('docker/compose.yaml').matchAll(/\$\{(\w+_PASSWORD):-local\}/g)].map(([, name]) => name!);
  const services = listServices(root).map(({ passwordVariable }) => passwordVariable);
  const wanted = [...services, 'MIGRATOR_DB_PASSWORD', 'PGBOUNCER_PASSWORD', 'POSTGRES_PASSWORD'].sort();
  expect([...new Set(passwords)].sort()).toEqual(wanted);
  const { steps } = parse(read('.github/workflows/deploy.yml')).jobs.deploy;
  const { env } = steps.find(({ run }: { run?: string }) => run?.startsWith('pnpm run deploy'));
  for (const name of wanted) expect(env[name], name).toBe(`\${{ secrets.${name} }}`);
});

test('migrations and roles go around the pooler', () => {
  for (const name of ['roles', 'migrate']) expect(services[name].environment.DB_HOST).toBe('postgres');
  expect(services.identity.environment.DB_HOST).toContain('POOLER_HOST');
});

test('ports are published on loopback alone', () => {
  for (const [name, { ports = [] }] of Object.entries<{ ports?: string[] }>(services)) {
    for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
  }
});

test('PostgreSQL 18 keeps its data where its image says', () => {
  expect(services.postgres.volumes).toContain('postgres:/var/lib/postgresql');
});

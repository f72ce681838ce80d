import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { listServices } from '../services.ts';

const root = path.dirname(path.dirname(import.meta.dirname));
const { services } = parse(readFileSync(path.join(root, 'docker/compose.yaml'), 'utf8'), { merge: true });

test('every service of apps/ is in it, at its own port, after the migrations and with a role of its own', () => {
  for (const { name, defaultPort, databaseVariable } of listServices(root)) {
    const service = services[name];
    expect(service, `${name} is missing in docker/compose.yaml`).toBeDefined();
    expect(service.environment.PORT).toBe(defaultPort);
    expect(service.environment.DATABASE_URL).toContain(`\${${databaseVariable}:-postgres://app_${name}:`);
    expect(service.depends_on.migrate).toEqual({ condition: 'service_completed_successfully' });
    expect(service.build.args).toEqual({ APP: name });
    expect(services.roles.environment[databaseVariable]).toBe(service.environment.DATABASE_URL);
  }
});

test('migrations and roles go around the pooler', () => {
  for (const name of ['roles', 'migrate']) {
    expect(JSON.stringify(services[name].environment.DATABASE_URL_DIRECT)).not.toContain('POOLER_HOST');
  }
});

test('ports are published on loopback alone', () => {
  for (const [name, { ports = [] }] of Object.entries<{ ports?: string[] }>(services)) {
    for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
  }
});

test('PostgreSQL 18 keeps its data where its image says', () => {
  expect(services.postgres.volumes).toContain('postgres:/var/lib/postgresql');
});

import { randomBytes } from 'node:crypto';
import postgres, { type Sql } from 'postgres';
import { afterEach } from 'vitest';
import { formatDatabaseUrl, parseDatabaseUrl } from '../../src/connection/url.ts';
import { cloneDatabase } from '../../src/testing/index.ts';

export interface Database {
  url: string;
  sql: Sql;
}

const open: (() => Promise<void>)[] = [];
const roles: string[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
  if (roles.length === 0) return;
  const server = connectTo(process.env.TEST_DATABASE_URL!, 1);
  for (const role of roles.splice(0)) await server.unsafe(`drop role ${role}`);
  await server.end();
});

/** An empty database, with a pool to look into it; both go after the test. */
export async function createDatabase(serverUrl = process.env.TEST_DATABASE_URL!): Promise<Database> {
  const { url, drop } = await cloneDatabase({ serverUrl, key: 'empty', prepare: async () => {} });
  const sql = connectTo(url);
  open.push(async () => {
    await sql.end({ timeout: 1 });
    await drop();
  });
  return { url, sql };
}

/** A role that may log in and nothing else, and the URL with it; it goes after the test. */
export async function createRole({ url, sql }: Database): Promise<{ role: string; url: string }> {
  const role = `migrator_test_${randomBytes(4).toString('hex')}`;
  await sql.unsafe(`create role ${role} login password '${role}'`);
  roles.push(role);
  return {
    role,
    url: formatDatabaseUrl({ ...parseDatabaseUrl(url), user: role, password: role }, { withPassword: true }),
  };
}

/** A pool that says nothing about notices. */
export function connectTo(url: string, max = 5): Sql {
  return postgres(url, { max, onnotice: () => {}, connection: { application_name: 'the test' } });
}

/** The rows of drizzle's own table. */
export async function historyOf({ sql }: Database): Promise<{ hash: string; created_at: string }[]> {
  return [
    ...(await sql<
      { hash: string; created_at: string }[]
    >`select hash, created_at from drizzle.__drizzle_migrations order by id`),
  ];
}

import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startThrowawayPostgres } from '../../src/local-postgres/index.ts';
import { createProject, type Project } from './project.ts';

let server: Awaited<ReturnType<typeof startThrowawayPostgres>>;
let project: Project;
let port: number;

/** A server that asks some of its roles for a password; the usual one trusts everybody. */
beforeAll(async () => {
  project = createProject();
  server = await startThrowawayPostgres();
  port = server.port;
  const hba = join(server.directory, 'data', 'pg_hba.conf');
  const rules = readFileSync(hba, 'utf8');
  writeFileSync(hba, 'host all keeper 127.0.0.1/32 scram-sha-256\nhost all outcast 127.0.0.1/32 reject\n');
  appendFileSync(hba, rules);
  const sql = postgres(server.url, { max: 1 });
  await sql`create role keeper login password 'r1ght'`;
  await sql`create role outcast login`;
  await sql`create database owned owner keeper`;
  await sql`select pg_reload_conf()`;
  await sql.end();
});
afterAll(async () => {
  await server.stop();
  await project.remove();
});

test('a wrong password is a sentence that does not repeat it, told at once', async () => {
  const { exit, json, stdout, stderr } = await project.db(['status', '--json'], {
    url: `postgres://keeper:wr0ng@127.0.0.1:${port}/owned`,
  });
  expect(exit).toBe(1);
  expect(json.error).toMatchObject({
    code: 'authentication_failed',
    message: `The server at 127.0.0.1:${port} refused to log in user keeper.`,
  });
  expect(stdout + stderr).not.toContain('wr0ng');
});

test('a role that the server lets in nowhere hears the same', async () => {
  const { exit, json } = await project.db(['create', '--json'], { url: `postgres://outcast@127.0.0.1:${port}/owned` });
  expect([exit, json.error.code]).toEqual([1, 'authentication_failed']);
  expect(json.error.message).toContain('outcast (no password was given)');
});

test('a role without CREATEDB prepares a database that exists, and is told what to ask for when it does not', async () => {
  const prepared = await project.db(['prepare', '--json'], { url: `postgres://keeper:r1ght@127.0.0.1:${port}/owned` });
  expect([prepared.exit, prepared.json.error]).toEqual([0, undefined]);
  expect(prepared.json).toMatchObject({ created: false, applied: [{ tag: '0000_init' }], seeded: {} });
  const missing = await project.db(['create', '--json'], { url: `postgres://keeper:r1ght@127.0.0.1:${port}/missing` });
  expect(missing.exit).toBe(1);
  expect(missing.json.error).toMatchObject({
    code: 'permission_denied',
    hint: 'Let a superuser run: CREATE DATABASE "missing" OWNER "keeper"',
  });
  expect(missing.stdout + missing.stderr).not.toContain('r1ght');
});

test('TLS that the server does not offer is told as such', async () => {
  const { exit, json } = await project.db(['status', '--json'], {
    url: `postgres://keeper:r1ght@127.0.0.1:${port}/owned?sslmode=verify-full`,
  });
  expect(exit).toBe(5);
  expect(json.error).toMatchObject({ code: 'tls_failed', hint: expect.stringContaining('sslmode=disable') });
});

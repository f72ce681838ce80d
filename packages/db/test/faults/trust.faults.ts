import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codesOf } from '@org/db-tools/connect';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ConnectedDatabase, openDatabase } from '../../src/connection.ts';
import { catchError } from '../support/catch-error.ts';
import { startLoad } from './load.ts';
import { type Server, startServer } from './server.ts';

let server: Server;
let folder: string;
let db: ConnectedDatabase | undefined;

beforeAll(async () => {
  server = await startServer();
  folder = mkdtempSync(path.join(tmpdir(), 'db-certificates-'));
  for (const name of ['ca', 'next-ca']) makeAuthority(name);
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await server.remove();
});

afterEach(async () => {
  await db?.$client.end({ timeout: 0 });
  db = undefined;
});

const answer = async (query: string, host = 'localhost') => {
  const url = new URL(server.url);
  url.hostname = host;
  url.search = query;
  db = openDatabase(url.href, { max: 2, acquireTimeout: 3_000 });
  const [row] = await db.execute<{ tls: boolean }>(
    sql`select ssl as tls from pg_stat_ssl where pid = pg_backend_pid()`,
  );
  await db.$client.end();
  return row!.tls ? 'encrypted' : 'in the clear';
};
const refusal = async (query: string, host?: string) => codesOf(await catchError(answer(query, host))).at(-1);
const verified = (authority = 'ca') => `?sslmode=verify-full&sslrootcert=${path.join(folder, `${authority}.crt`)}`;

describe.skipIf(!hasOpenssl())('F39: a certificate (needs: openssl)', () => {
  test('that proves the name is accepted, and one that does not is refused', async () => {
    await serve({ name: 'localhost' });
    expect(await answer(verified())).toBe('encrypted');
    expect(await refusal(verified(), '127.0.0.1')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await answer(verified().replace('verify-full', 'verify-ca'), '127.0.0.1')).toBe('encrypted');
    await serve({ name: 'db.example.com' });
    expect(await refusal(verified())).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('of an unknown authority is refused, unless told to look at none', async () => {
    await serve({ name: 'localhost' });
    expect(await refusal('?sslmode=verify-full')).toMatch(/SELF_SIGNED|UNABLE_TO/);
    expect(await refusal(verified('next-ca'))).toMatch(/SELF_SIGNED|UNABLE_TO/);
    expect(await answer('?sslmode=require')).toBe('encrypted');
    expect(await answer('?sslmode=disable')).toBe('in the clear');
  });

  test('that has expired is refused', async () => {
    await serve({ name: 'localhost', days: -1 });
    expect(await refusal(verified())).toBe('CERT_HAS_EXPIRED');
  });

  test('of the next authority is accepted once the file holds both, and connections that are open stay', async () => {
    await serve({ name: 'localhost' });
    const both = path.join(folder, 'both.crt');
    copyFileSync(path.join(folder, 'ca.crt'), both);
    expect(await answer(verified('both'))).toBe('encrypted');
    writeFileSync(
      both,
      ['ca', 'next-ca'].map((name) => readFileSync(path.join(folder, `${name}.crt`), 'utf8')).join('\n'),
    );
    await serve({ name: 'localhost', authority: 'next-ca' });
    expect(await answer(verified('both'))).toBe('encrypted');
  });

  test('is asked for where a server offers none', async () => {
    await server.run(`alter system set ssl = off`);
    await reload();
    const start = performance.now();
    const error = (await catchError(answer('?sslmode=verify-full'))) as Error;
    expect(error).toBeInstanceOf(Error);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test('makes no difference to a backend that is killed', async () => {
    await serve({ name: 'localhost' });
    const url = new URL(server.url);
    url.hostname = 'localhost';
    url.search = verified();
    const secure = openDatabase(url.href, { max: 5, applicationName: 'faults' });
    db = secure;
    const load = startLoad(10, () =>
      secure.transaction(async (tx) => [await tx.execute(sql`select 1`), await tx.execute(sql`select 2`)]),
    );
    for (let kills = 0; kills < 20; kills++) {
      await server.run(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'faults' limit 2`,
      );
      await sleep(50);
    }
    await load.stop();
    expect(load.successes()).toBeGreaterThan(100);
    for (const code of Object.keys(load.codes())) {
      expect([
        'CONNECTION_CLOSED',
        'ECONNRESET',
        'EPIPE',
        'TRANSACTION_ABORTED',
        'TRANSACTION_OUTCOME_UNKNOWN',
      ]).toContain(code);
    }
  });
});

describe('F40: a password', () => {
  test('that changes leaves open connections at work; new ones are refused with 28P01 at once', async () => {
    await server.run(`create role app login password 'first'`);
    const hba = path.join(server.data, 'pg_hba.conf');
    const before = readFileSync(hba, 'utf8');
    writeFileSync(hba, `host all app 127.0.0.1/32 scram-sha-256\n${before}`);
    await reload();
    const url = new URL(server.url);
    url.username = 'app';
    url.password = 'first';
    const changed = openDatabase(url.href, { max: 2 });
    db = changed;
    await changed.execute(sql`select 1`);
    await server.run(`alter role app password 'second'`);
    const start = performance.now();
    const held = Promise.resolve(changed.execute(sql`select pg_sleep(1)`));
    expect(codesOf(await catchError(changed.execute(sql`select 1`)))).toContain('28P01');
    expect(performance.now() - start).toBeLessThan(900);
    await held;
    await changed.execute(sql`select 1`);
    url.password = 'second';
    const renewed = openDatabase(url.href);
    expect(await renewed.execute(sql`select 1 as n`)).toEqual([{ n: 1 }]);
    await renewed.$client.end();
    writeFileSync(hba, before);
    await reload();
  });
});

function hasOpenssl(): boolean {
  const found = spawnSync('openssl', ['version']).status === 0;
  if (!found && process.env.CI) throw new Error('openssl is not installed: apt-get install openssl');
  return found;
}

/** The server with a certificate for this name. */
async function serve({
  name,
  authority = 'ca',
  days = 1,
}: {
  name: string;
  authority?: string;
  days?: number;
}): Promise<void> {
  openssl([
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'server.key',
    '-out',
    'server.csr',
    '-subj',
    `/CN=${name}`,
  ]);
  writeFileSync(path.join(folder, 'names.cnf'), `subjectAltName = DNS:${name}`);
  const sign = [
    '-in',
    'server.csr',
    '-CA',
    `${authority}.crt`,
    '-CAkey',
    `${authority}.key`,
    '-CAcreateserial',
    '-days',
    String(days),
  ];
  openssl(['x509', '-req', ...sign, '-extfile', 'names.cnf', '-out', 'server.crt']);
  for (const file of ['server.crt', 'server.key']) {
    copyFileSync(path.join(folder, file), path.join(server.data, file));
    chmodSync(path.join(server.data, file), 0o600);
  }
  await server.run(`alter system set ssl = on`);
  await reload();
}

function makeAuthority(name: string): void {
  const subject = ['-subj', `/CN=${name}`, '-days', '2'];
  openssl([
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.crt`,
    ...subject,
  ]);
}

function openssl(args: string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
}

/** Waits until a new connection has the new settings. */
async function reload(): Promise<void> {
  const loaded = async () => (await server.run<{ at: Date }>('select pg_conf_load_time() as at'))[0]!.at.getTime();
  const before = await loaded();
  await server.run('select pg_reload_conf()');
  while ((await loaded()) === before) await sleep(10);
}

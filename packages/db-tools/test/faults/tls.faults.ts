import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/connection/connect.ts';
import { parseDatabaseUrl } from '../../src/connection/url.ts';
import { type LocalServer, startThrowawayPostgres } from '../../src/local-postgres/index.ts';
import { migrate } from '../../src/migrator/index.ts';
import { connectTo } from '../migrator/database.ts';
import { createProject } from '../migrator/project.ts';
import { waitUntil } from '../wait-until.ts';

const SSL_REQUEST = '0000000804d2162f';

let server: LocalServer & { stop(): Promise<void> };
let folder: string;
const closers: (() => void)[] = [];

describe.skipIf(!hasOpenssl())('a server with TLS, behind what lets nothing else through (needs: openssl)', () => {
  beforeAll(async () => {
    server = await startThrowawayPostgres();
    folder = mkdtempSync(path.join(tmpdir(), 'a certificate '));
    const files = ['-keyout', 'server.key', '-out', 'server.crt'];
    const made = spawnSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, '-subj', '/CN=localhost', '-days', '2'],
      {
        cwd: folder,
      },
    );
    expect(made.status, String(made.stderr)).toBe(0);
    const data = path.join(server.directory, 'data');
    const { uid, gid } = statSync(data);
    for (const file of ['server.crt', 'server.key']) {
      const copy = path.join(data, file);
      copyFileSync(path.join(folder, file), copy);
      chmodSync(copy, 0o600);
      chownSync(copy, uid, gid);
    }
    const sql = connectTo(server.url, 1);
    await sql.unsafe('alter system set ssl = on');
    await sql.unsafe('select pg_reload_conf()');
    await waitUntil('TLS', async () => (await sql`show ssl`)[0]!.ssl === 'on');
    await sql.end();
  });
  afterAll(async () => {
    for (const close of closers) close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('its certificate is looked at unless the URL says otherwise', async () => {
    const url = await throughGate();
    const encrypted = await connect(`${url}?sslmode=require`, { connectTimeout: 5 });
    const [row] = await encrypted`select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
    await encrypted.end();

    expect(row).toEqual({ ssl: true });
    await expect(connect(`${url}?sslmode=verify-full`, { connectTimeout: 5 })).rejects.toMatchObject({
      code: 'tls_failed',
      exit: 5,
    });
  });

  test('a run that is stopped ends its statement: the request goes through TLS as well', async () => {
    const url = `${await throughGate()}?sslmode=require`;
    const { directory } = createProject({ '0000_a': 'select pg_sleep(8)' });
    const sql = connectTo(server.url, 1);
    const asleep = () => sql`select from pg_stat_activity where query = 'select pg_sleep(8)' and state = 'active'`;
    const stop = new AbortController();
    const run = migrate({ url, directory, signal: stop.signal });
    run.catch(() => {});
    await waitUntil('the statement', async () => (await asleep()).length === 1);
    const begun = performance.now();
    stop.abort();

    await expect(run).rejects.toMatchObject({ code: 'aborted' });
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(await asleep()).toHaveLength(0);
    await sql.end();
  });
});

/** The URL of a proxy that cuts every connection that does not begin by asking for TLS. */
async function throughGate(): Promise<string> {
  const { port, host } = parseDatabaseUrl(server.url);
  const sockets: Socket[] = [];
  const gate = createServer((client) => {
    const upstream = createConnection(port, host);
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.once('data', (first: Buffer) => {
      if (first.subarray(0, 8).toString('hex') !== SSL_REQUEST) return void client.destroy();
      upstream.write(first);
      client.pipe(upstream);
    });
    upstream.pipe(client);
    client.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    gate.close();
    for (const socket of sockets) socket.destroy();
  });
  return server.url.replace(/:\d+\//, `:${(gate.address() as { port: number }).port}/`);
}

function hasOpenssl(): boolean {
  const found = spawnSync('openssl', ['version']).status === 0;
  if (!found && process.env.CI) throw new Error('openssl is not installed: apt-get install openssl');
  return found;
}

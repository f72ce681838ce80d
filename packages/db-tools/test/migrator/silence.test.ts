import { expect, test } from 'vitest';
import { migrate, status } from '../../src/migrator/index.ts';
import { createDatabase } from './database.ts';
import { createProject } from './project.ts';
import { startProxy } from './proxy.ts';

// As when a firewall forgets a connection: no end is seen, so that only a limit of one's own ends the wait.
test.each([
  ['the first query', 'select 1'],
  ['looking at the server', 'pg_is_in_recovery'],
  ['asking for the lock', 'pg_try_advisory_lock'],
])('a server that falls silent at %s is given up after connectTimeout, exit 5', async (_, text) => {
  const { url } = await createDatabase();
  const proxy = await startProxy(url);
  proxy.fallSilentAt(text);
  const { directory } = createProject({ '0000_a': 'create table a (id int)' });

  const run = migrate({ url: proxy.url, directory, connectTimeout: 0.5 });

  await expect(run).rejects.toMatchObject({ code: 'unreachable', exit: 5 });
  expect(proxy.silent).toBe(true);
});

test('status gives up too', async () => {
  const { url } = await createDatabase();
  const proxy = await startProxy(url);
  proxy.fallSilentAt('pg_is_in_recovery');
  const { directory } = createProject({ '0000_a': 'create table a (id int)' });

  const run = status({ url: proxy.url, directory, connectTimeout: 0.5 });

  await expect(run).rejects.toMatchObject({
    code: 'unreachable',
    exit: 5,
    message: expect.stringMatching(/did not answer within 0.5 s/),
  });
});

test('a run that is stopped while the server is silent at its first query ends at once', async () => {
  const { url } = await createDatabase();
  const proxy = await startProxy(url);
  proxy.fallSilentAt('select 1');
  const { directory } = createProject({ '0000_a': 'create table a (id int)' });
  const stop = new AbortController();

  const run = migrate({ url: proxy.url, directory, signal: stop.signal });
  await expect.poll(() => proxy.silent).toBe(true);
  stop.abort();

  await expect(run).rejects.toMatchObject({ code: 'aborted', exit: 1 });
});

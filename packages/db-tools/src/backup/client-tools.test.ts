import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findClientTools } from './client-tools.ts';

const root = mkdtempSync(join(tmpdir(), 'client tools '));
afterAll(() => rmSync(root, { recursive: true }));

/** A folder with a pg_dump that says it is of this version. */
function install(version: string): string {
  const folder = join(root, version);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pg_dump'), `#!/bin/sh\necho "pg_dump (PostgreSQL) ${version}"\n`);
  chmodSync(join(folder, 'pg_dump'), 0o755);
  return folder;
}

const PATH = ['16.9', '99.2', '90.1', '97beta1'].map(install).join(delimiter);
const find = (atLeast: number, server = atLeast, folder?: string) =>
  findClientTools({ atLeast, server, because: 'the server wants it', ...(folder ? { folder } : {}) }, { PATH });

test('the version asked for is taken, else the nearest newer one', async () => {
  expect(await find(90)).toMatchObject({ version: '90.1', major: 90 });
  expect(await find(91)).toMatchObject({ version: '97beta1', major: 97 });
  expect(await find(16)).toMatchObject({ version: '16.9', major: 16 });
});

test('a folder that is named is the only one looked at, also by PG_BIN', async () => {
  const folder = install('98.0');
  expect((await find(90, 90, folder)).folder).toBe(folder);
  const wanted = { atLeast: 90, server: 90, because: 'x' };
  expect((await findClientTools(wanted, { PATH, PG_BIN: folder })).folder).toBe(folder);
  await expect(find(90, 90, root)).rejects.toMatchObject({ code: 'client_tools_missing', exit: 1 });
});

test('programs older than the server are refused with what to install', async () => {
  await expect(find(18, 18, join(root, '16.9'))).rejects.toMatchObject({
    code: 'client_tools_too_old',
    message: expect.stringContaining('16.9'),
    hint: expect.stringMatching(/postgresql-client-18|brew/),
  });
});

test('programs that write what the server could not read back are refused', async () => {
  await expect(find(15, 15, join(root, '90.1'))).rejects.toMatchObject({
    code: 'client_tools_too_new',
    hint: expect.stringMatching(/postgresql-client-15|brew/),
  });
});

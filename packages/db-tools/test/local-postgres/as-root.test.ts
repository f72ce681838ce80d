import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/connection/connect.ts';
import { startLocalPostgres, stopLocalPostgres } from '../../src/local-postgres/index.ts';
import { runScript } from '../run-script.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
/** A uid that has a name on every Linux (daemon or bin), and one that has none. */
const NAMED = 1;
const NAMELESS = 54321;

/** A clone under /root can be used by root alone. */
const isOpenClone =
  isRoot &&
  [process.execPath, import.meta.filename].every(
    (file) => spawnSync('test', ['-r', file], { uid: NAMED }).status === 0,
  );

const START = `
  const { startLocalPostgres } = await import('#/local-postgres/index.ts');
  console.log(JSON.stringify(await startLocalPostgres(...args).catch((e) => ({ code: e.code, message: e.message }))));`;

describe.runIf(isRoot)('root', () => {
  test('runs the server in folders that nobody else may enter, and the files stay its own', async () => {
    const directory = path.join(folderOf(0, 0o700), 'pg');
    const { url } = await startLocalPostgres({ directory });
    await expectAnswer(url);
    expect(fs.statSync(path.join(directory, 'data', 'base')).uid).toBe(0);
  });

  test.runIf(isOpenClone)("becomes the owner of a clone that is closed to it, as everybody's home is", async () => {
    const directory = path.join(folderOf(NAMED, 0o700), 'pg');
    const { url } = await startLocalPostgres({ directory });
    await expectAnswer(url);
    expect(fs.statSync(path.join(directory, 'data', 'base')).uid).toBe(NAMED);
  });

  test.runIf(isOpenClone)(
    'becomes nobody where user namespaces are forbidden, and stays that once they are not',
    async () => {
      const directory = path.join(folderOf(0, 0o755), 'pg');
      const server = await startWithoutNamespaces(directory);
      await expectAnswer(server.url);
      expect(fs.statSync(path.join(directory, 'data')).uid).toBe(65534);
      await stopLocalPostgres(directory);
      const again = await startLocalPostgres({ directory });
      await expectAnswer(again.url);
    },
  );

  test('is told what was tried when there is no way', async () => {
    const directory = path.join(folderOf(0, 0o700), 'pg');
    const { code, message } = await startWithoutNamespaces(directory);
    expect(code).toBe('cannot_run_postgres');
    expect(message).toMatch(/Tried in a user namespace \(unshare -U\): .*; as uid 65534: .*/s);
  });

  test.runIf(isOpenClone)("an ordinary user starts it directly, and is told when the data is root's", async () => {
    const directory = path.join(folderOf(NAMED, 0o755), 'pg');
    const { url } = await startAs(NAMED, directory);
    await expectAnswer(url);
    expect(fs.statSync(path.join(directory, 'data')).uid).toBe(NAMED);
    await stopLocalPostgres(directory);
    fs.chownSync(path.join(directory, 'data'), 0, 0);
    expect(await startAs(NAMED, directory)).toEqual({
      code: 'cannot_run_postgres',
      message: `${directory}/data belongs to uid 0, not to you (uid ${NAMED}).`,
    });
  });

  test.runIf(isOpenClone)(
    'a user id without a name goes through a namespace for initdb, and is told where there is none',
    async () => {
      const directory = path.join(folderOf(NAMELESS, 0o755), 'pg');
      expect(await startAs(NAMELESS, directory, onlyWith('test', 'id', 'sh'))).toEqual({
        code: 'cannot_run_postgres',
        message: expect.stringMatching(/^PostgreSQL cannot be set up by uid 54321. Tried as you: .*no name.*unshare/),
      });
      if (spawnSync('unshare', ['-U', 'true'], { uid: NAMELESS, gid: NAMELESS }).status !== 0) return;
      const { url } = await startAs(NAMELESS, directory);
      await expectAnswer(url);
      expect(fs.statSync(path.join(directory, 'data')).uid).toBe(NAMELESS);
    },
  );
});

/** As in a container whose seccomp profile forbids unshare: here it cannot even be found. */
async function startWithoutNamespaces(directory: string) {
  return startAs(0, directory, onlyWith('test', 'id', 'sh'));
}

/** A PATH. */
function onlyWith(...programs: string[]): string {
  const bin = folderOf(0, 0o755);
  for (const program of programs) {
    const found = ['/bin', '/usr/bin'].map((folder) => path.join(folder, program)).find((file) => fs.existsSync(file));
    fs.symlinkSync(found!, path.join(bin, program));
  }
  return bin;
}

async function startAs(uid: number, directory: string, PATH = process.env.PATH) {
  const env = { ...process.env, PATH };
  const { output } = await runScript(START, [{ directory }], { uid, gid: uid, env }).ended;
  return JSON.parse(output);
}

function folderOf(uid: number, mode: number): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'db tools '));
  fs.chownSync(folder, uid, uid);
  fs.chmodSync(folder, mode);
  onTestFinished(async () => {
    await stopLocalPostgres(path.join(folder, 'pg'));
    fs.rmSync(folder, { recursive: true });
  });
  return folder;
}

async function expectAnswer(url: string): Promise<void> {
  const sql = await connect(url);
  expect([...(await sql`select 1 as one`)]).toEqual([{ one: 1 }]);
  await sql.end();
}

import { describe, expect, test } from 'vitest';
import { commandAs, type Situation, waysToRun } from './run-as.ts';

const root = { uid: 0, gid: 0 };
const dev = { uid: 1000, gid: 1000 };
const nobody = { uid: 65534, gid: 65534 };

function ways(situation: Partial<Situation>) {
  return waysToRun({ platform: 'linux', uid: 1000, folders: [], ...situation });
}

describe.each(['linux', 'darwin'])('an ordinary user on %s', (platform) => {
  test('runs the server as itself', () => {
    expect(ways({ platform, folders: [dev] })[0]).toEqual({ kind: 'self' });
    expect(ways({ platform, data: dev })).toEqual([{ kind: 'self' }]);
  });

  test("has no way to run it on somebody else's data", () => {
    expect(ways({ platform, data: root })).toEqual([]);
  });
});

test('a user without a name, as in many containers, has a second way on linux only', () => {
  expect(ways({ platform: 'linux' })).toEqual([{ kind: 'self' }, { kind: 'namespace' }]);
  expect(ways({ platform: 'darwin' })).toEqual([{ kind: 'self' }]);
});

describe('root on linux', () => {
  const asRoot = { platform: 'linux', uid: 0 };

  test('prefers a user namespace, then the owners of the folders, then nobody', () => {
    expect(ways({ ...asRoot, folders: [root, dev, dev] })).toEqual([
      { kind: 'namespace' },
      { kind: 'uid', ...dev },
      { kind: 'uid', ...nobody },
    ]);
  });

  test('keeps to the owner of the data that is there', () => {
    expect(ways({ ...asRoot, data: root, folders: [dev] })).toEqual([{ kind: 'namespace' }]);
    expect(ways({ ...asRoot, data: nobody, folders: [root] })).toEqual([{ kind: 'uid', ...nobody }]);
  });
});

describe('root on darwin, which has no user namespaces', () => {
  const asRoot = { platform: 'darwin', uid: 0 };

  test('becomes the owner of the folders or the caller of sudo', () => {
    expect(ways({ ...asRoot, folders: [root, dev] })).toEqual([{ kind: 'uid', ...dev }]);
    expect(ways({ ...asRoot, folders: [root], sudo: { uid: 501, gid: 20 } })).toEqual([
      { kind: 'uid', uid: 501, gid: 20 },
    ]);
  });

  test('has no way when everything is its own', () => {
    expect(ways({ ...asRoot, folders: [root] })).toEqual([]);
    expect(ways({ ...asRoot, data: root, folders: [dev] })).toEqual([]);
  });
});

describe('the command line', () => {
  test('is the program itself for an ordinary user', () => {
    expect(commandAs({ kind: 'self' }, '/a b/postgres', ['-D', '/x y'])).toEqual({
      file: '/a b/postgres',
      args: ['-D', '/x y'],
      credentials: {},
    });
  });

  test('goes through unshare in a namespace', () => {
    expect(commandAs({ kind: 'namespace' }, '/bin/postgres', ['-V'])).toEqual({
      file: 'unshare',
      args: ['-U', '/bin/postgres', '-V'],
      credentials: {},
    });
  });

  test('carries the ids of another user', () => {
    expect(commandAs({ kind: 'uid', uid: 501, gid: 20 }, '/bin/postgres', [])).toEqual({
      file: '/bin/postgres',
      args: [],
      credentials: { uid: 501, gid: 20 },
    });
  });
});

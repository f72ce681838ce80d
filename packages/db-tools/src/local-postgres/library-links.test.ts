import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findBinaries } from './binaries.ts';
import { linkLibraries } from './library-links.ts';
import { serverEnvironment } from './server-environment.ts';

function packageWithoutLinks(): { root: string; links: string } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'links '));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  const lib = path.join(folder, 'package', 'native', 'lib');
  fs.mkdirSync(lib, { recursive: true });
  fs.writeFileSync(path.join(lib, 'libpq.so.5.18'), 'library');
  fs.writeFileSync(
    path.join(folder, 'package', 'native', 'pg-symlinks.json'),
    JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]),
  );
  return { root: path.join(folder, 'package'), links: path.join(folder, 'links') };
}

/** What a read-only file system answers, also to root. */
function refuseLinksIn(folder: string): void {
  const symlink = fs.symlinkSync;
  vi.spyOn(fs, 'symlinkSync').mockImplementation((target, file) => {
    if (String(file).startsWith(folder)) throw Object.assign(new Error('EROFS: read-only'), { code: 'EROFS' });
    symlink(target, file);
  });
  onTestFinished(() => void vi.restoreAllMocks());
}

test('links are made beside the libraries, once', () => {
  const { root, links } = packageWithoutLinks();
  expect(linkLibraries(root, links, 'linux')).toBeUndefined();
  expect(linkLibraries(root, links, 'linux')).toBeUndefined();
  expect(fs.readlinkSync(path.join(root, 'native/lib/libpq.so.5'))).toBe('libpq.so.5.18');
  expect(fs.existsSync(links)).toBe(false);
});

test('a package that cannot be written gets its links in a folder of ours', () => {
  const { root, links } = packageWithoutLinks();
  refuseLinksIn(root);
  fs.mkdirSync(links);
  fs.symlinkSync('/an/earlier/installation', path.join(links, 'libpq.so.5'));
  expect(linkLibraries(root, links, 'linux')).toBe(`${links}:${root}/native/lib`);
  expect(fs.readFileSync(path.join(links, 'libpq.so.5'), 'utf8')).toBe('library');
});

test('macOS, which would not look there, is told the command', () => {
  const { root, links } = packageWithoutLinks();
  refuseLinksIn(root);
  expect(() => linkLibraries(root, links, 'darwin')).toThrow(
    expect.objectContaining({ code: 'postgres_package_read_only', hint: expect.stringContaining(`cd '${root}'`) }),
  );
});

test.runIf(process.platform === 'linux')('the real programs find all their libraries by such a folder', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'links '));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  const [root, links] = [path.join(folder, 'package'), path.join(folder, 'links')];
  fs.cpSync(findBinaries(links).package, root, { recursive: true, filter: (file) => !isLink(file) });
  refuseLinksIn(root);
  const env = serverEnvironment({ libraryPath: linkLibraries(root, links, 'linux') });
  for (const program of ['initdb', 'postgres']) {
    const file = path.join(root, 'native', 'bin', program);
    expect(() => execFileSync(file, ['--version'], { stdio: 'pipe', env: { PATH: env.PATH } })).toThrow('shared lib');
    expect(String(execFileSync(file, ['--version'], { stdio: 'pipe', env }))).toContain('PostgreSQL');
  }
});

function isLink(file: string): boolean {
  return fs.lstatSync(file).isSymbolicLink();
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { hashFile } from './dump-file.ts';
import { formatManifest, type Manifest, manifestFile } from './manifest.ts';
import { openDump, refuseNewer } from './open-dump.ts';

const folder = mkdtempSync(join(tmpdir(), 'open dump '));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'app.dump');
const bytes = Buffer.concat([Buffer.from('PGDMP'), Buffer.from(Array.from({ length: 500 }, (_, n) => (n * 7) % 256))]);
writeFileSync(file, bytes);
const manifest: Manifest = {
  kind: 'db-tools backup',
  version: 1,
  createdAt: '2025-11-20T07:45:12.345Z',
  durationMs: 1,
  host: 'db.example',
  database: 'app',
  server: { version: '18.4', major: 18 },
  tool: { version: '18.6', major: 18 },
  format: 'custom',
  file: { bytes: bytes.length, sha256: await hashFile(file) },
  migrations: { head: '0000_init', count: 1 },
  tables: { 'public.users': { rows: 2, hash: '-12' } },
  schema: 'x',
  fingerprint: 'y',
  extensions: [],
  roles: { owner: null, grants: [], policies: [] },
};
const text = formatManifest(manifest);

const open = async (dump: Buffer | string, beside: string | undefined = text, options = {}) => {
  writeFileSync(file, dump);
  rmSync(manifestFile(file), { force: true });
  if (beside) writeFileSync(manifestFile(file), beside);
  return openDump(file, options);
};

test('a dump as it was written opens, with what its manifest says', async () => {
  expect(await open(bytes)).toEqual({ file, format: 'custom', manifest });
});

test('whichever bit flips and wherever it is cut off, a dump is refused by name', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 1 << bit;
      await expect(open(flipped)).rejects.toMatchObject({ code: 'dump_damaged', exit: 1 });
      await expect(open(bytes.subarray(0, at))).rejects.toMatchObject({ code: 'dump_truncated', exit: 1 });
    }),
    { numRuns: 30 },
  );
});

test('a manifest that is missing, cut off or edited anywhere is refused by name', async () => {
  await expect(open(bytes, '')).rejects.toMatchObject({ code: 'manifest_missing', exit: 1 });
  for (const edited of [
    text.slice(0, -20),
    text.replace('"rows": 2', '"rows": 3'),
    text.replace('18.4', '15.4'),
    '{}',
  ]) {
    await expect(open(bytes, edited)).rejects.toMatchObject({ code: 'manifest_damaged', exit: 1 });
  }
});

test('without a manifest, only what looks like a whole dump is trusted', async () => {
  const alone = { withoutManifest: true };
  const plain = '--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 18.4\n';
  const end = '\n--\n-- PostgreSQL database dump complete\n--\n';
  expect(await open(bytes, '', alone)).toEqual({ file, format: 'custom' });
  expect(await open(plain + end, '', alone)).toEqual({ file, format: 'sql' });
  await expect(open(plain, '', alone)).rejects.toMatchObject({ code: 'dump_truncated' });
  await expect(open('create table oops ();', '', alone)).rejects.toMatchObject({ code: 'not_a_dump' });
  await expect(openDump(join(folder, 'none'))).rejects.toMatchObject({ code: 'dump_missing' });
});

test('a dump of a newer server is refused, also a plain one that only says so itself', async () => {
  const old = { name: 'db.example/app', major: 15 };
  await expect(refuseNewer(await open(bytes), old)).rejects.toMatchObject({ code: 'dump_newer_than_server' });
  const plain =
    '--\n-- PostgreSQL database dump\n--\n-- Dumped from database version 18.4\n-- PostgreSQL database dump complete\n';
  const dump = await open(plain, '', { withoutManifest: true });
  await expect(refuseNewer(dump, old)).rejects.toMatchObject({ code: 'dump_newer_than_server' });
  await refuseNewer(dump, { name: 'db.example/app', major: 18 });
});

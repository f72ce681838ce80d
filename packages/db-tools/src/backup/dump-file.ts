import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync, type Stats, statSync } from 'node:fs';
import { DbError } from '../errors.ts';
import type { Manifest } from './manifest.ts';

/** The sha256 of a file, in hex. */
export async function hashFile(file: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file, { highWaterMark: 1 << 20, signal })) hash.update(part);
  return hash.digest('hex');
}

/** Custom or plain, by its first bytes. Throws a DbError `dump_missing` or `not_a_dump`. */
export function detectFormat(file: string): Manifest['format'] {
  const { size } = requireFile(file);
  const head = readAt(file, 0, 200);
  if (head.startsWith('PGDMP')) return 'custom';
  if (head.trimStart().startsWith('--\n-- PostgreSQL database dump\n')) {
    if (readAt(file, Math.max(0, size - 400), 400).includes('-- PostgreSQL database dump complete')) return 'sql';
    throw new DbError('dump_truncated', `${file} ends before its end: the last line of a whole dump is missing.`, {
      hint: 'Take an older backup: ls -t .local/backups',
    });
  }
  throw new DbError('not_a_dump', `${file} is no dump that pg_dump wrote in custom or plain format.`, {
    hint: 'Name a file that db backup wrote: ls -t .local/backups',
  });
}

/** Throws a DbError `dump_truncated` or `dump_damaged` unless the file is what the manifest describes. */
export async function checkIntact(file: string, { file: expected }: Manifest, signal?: AbortSignal): Promise<void> {
  const { size } = requireFile(file);
  if (size !== expected.bytes) {
    const how = size < expected.bytes ? 'truncated' : 'longer than it was';
    throw new DbError(
      size < expected.bytes ? 'dump_truncated' : 'dump_damaged',
      `${file} is ${how}: ${size} of ${expected.bytes} bytes.`,
      { hint: OTHER },
    );
  }
  if ((await hashFile(file, signal)) === expected.sha256) return;
  throw new DbError('dump_damaged', `${file} is not what was written: its sha256 differs from the manifest.`, {
    hint: OTHER,
  });
}

const OTHER = 'Copy it again from where it was made, or take another backup: ls -t .local/backups';

/** What a dump says about itself, as far as the text (of the plain dump, or of pg_restore --list) tells. */
export function parseVersions(text: string): { server?: number; tool?: number } {
  const major = (pattern: RegExp) => {
    const [, version] = text.match(pattern) ?? [];
    return version ? Number(version) : undefined;
  };
  return {
    server: major(/Dumped from database version:? (\d+)/),
    tool: major(/Dumped by pg_dump version:? (\d+)/),
  };
}

/** The first lines of a plain dump. */
export function readHead(file: string): string {
  return readAt(file, 0, 2000);
}

/** Throws a DbError `dump_missing` unless there is such a file. */
export function requireFile(file: string): Stats {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile()) return stat;
  throw new DbError('dump_missing', `There is no file ${file}.`, { hint: 'ls -t .local/backups' });
}

function readAt(file: string, position: number, length: number): string {
  const descriptor = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(length);
    return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, length, position));
  } finally {
    closeSync(descriptor);
  }
}

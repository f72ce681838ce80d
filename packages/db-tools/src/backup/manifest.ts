import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { shellPath } from '../command-line/shell-path.ts';
import { DbError } from '../errors.ts';

const table = z.strictObject({
  rows: z.int().min(0),
  /** Sum of the hashes of all rows, so that their order does not matter; absent with --no-fingerprint. */
  hash: z.string().optional(),
});

const manifest = z.strictObject({
  kind: z.literal('db-tools backup'),
  version: z.literal(1),
  createdAt: z.iso.datetime(),
  durationMs: z.number(),
  host: z.string(),
  database: z.string(),
  server: z.strictObject({ version: z.string(), major: z.int() }),
  tool: z.strictObject({ version: z.string(), major: z.int() }),
  format: z.enum(['custom', 'sql']),
  file: z.strictObject({ bytes: z.int(), sha256: z.string() }),
  /** What had been applied, null where there was no migration table. */
  migrations: z.strictObject({ head: z.string().nullable(), count: z.int() }).nullable(),
  /** By `schema.table`. */
  tables: z.record(z.string(), table),
  /** sha256 over names and kinds of tables, columns, constraints, indexes, functions and the rest. */
  schema: z.string(),
  /** sha256 over all of the above; null with --no-fingerprint. */
  fingerprint: z.string().nullable(),
  extensions: z.array(z.string()),
  /** Roles that grants and owners name, and those that policies name; a dump carries none of them. */
  roles: z.strictObject({
    /** Whom most tables belong to. */
    owner: z.string().nullable(),
    grants: z.array(z.string()),
    policies: z.array(z.string()),
  }),
});

/** What is known about a dump; lies beside it as `<file>.json`. */
export type Manifest = z.infer<typeof manifest>;

export function manifestFile(dump: string): string {
  return `${dump}.json`;
}

/** As JSON, with a checksum of its own. */
export function formatManifest(content: Manifest): string {
  return `${JSON.stringify({ ...content, checksum: checksum(content) }, undefined, 2)}\n`;
}

/** The manifest beside a dump. Throws a DbError `manifest_missing` or `manifest_damaged`. */
export function readManifest(dump: string): Manifest {
  const file = manifestFile(dump);
  if (!existsSync(file)) {
    throw new DbError('manifest_missing', `${dump} has no manifest (${file}), so nothing tells whether it is whole.`, {
      hint: `Copy the manifest beside it — or trust the dump as it is: pnpm db restore ${shellPath(dump)} --without-manifest`,
    });
  }
  const found = parseManifest(readFileSync(file, 'utf8'));
  if (found) return found;
  throw new DbError('manifest_damaged', `The manifest ${file} is not as it was written.`, {
    hint: `Copy it again from where the backup was made — or trust the dump as it is: pnpm db restore ${dump} --without-manifest`,
  });
}

/** Undefined unless it is one of ours, byte for byte. */
export function parseManifest(text: string): Manifest | undefined {
  try {
    const { checksum: given, ...content } = JSON.parse(text);
    const parsed = manifest.safeParse(content);
    return parsed.success && given === checksum(content) ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function checksum(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

import { stripVTControlCharacters } from 'node:util';
import { DbError } from '../errors.ts';
import { ORIGIN, type Snapshot } from './snapshot.ts';

/** The snapshot of what a schema module exports, as drizzle-kit writes it. Throws a DbError `schema_invalid`. */
export async function takeSnapshot(exports: Record<string, unknown>, prevId: string): Promise<Snapshot> {
  const { generateDrizzleJson } = await loadKit();
  return await contained(() => generateDrizzleJson(exports, prevId || ORIGIN) as unknown as Snapshot);
}

/**
 * The statements that lead from one snapshot to the next. drizzle-kit asks on a terminal when anything may have been
 * renamed, so the two must differ by additions or by removals of a kind, never by both.
 */
export async function diffSnapshots(from: Snapshot, to: Snapshot): Promise<string[]> {
  const { generateMigration } = await loadKit();
  return await contained(() => generateMigration(from as never, to as never));
}

/**
 * Runs a function of drizzle-kit 0.31, which draws on stdout, prints what is wrong and ends the process instead of
 * throwing.
 */
export async function contained<T>(run: () => T | Promise<T>): Promise<T> {
  const printed: string[] = [];
  const ended = Promise.withResolvers<never>();
  const restore = replaceOutput(printed);
  const { exit } = process;
  // It returns, so that nothing is thrown where nobody catches: what drizzle-kit does afterwards is ignored.
  process.exit = (() => ended.reject(new Error(printed.join(' ')))) as typeof process.exit;
  try {
    return await Promise.race([ended.promise, (async () => run())()]);
  } catch (cause) {
    if (cause instanceof DbError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    const message = stripVTControlCharacters(text)
      .replace(/\s+/g, ' ')
      .replace(/^ ?Warning /, '')
      .trim();
    throw new DbError('schema_invalid', `drizzle-kit cannot work with the schema: ${message || 'it gave no reason'}`, {
      hint: 'Correct the schema; pnpm typecheck may show more',
      cause,
    });
  } finally {
    process.exit = exit;
    restore();
  }
}

function replaceOutput(printed: string[]): () => void {
  const { log, error, warn } = console;
  const { write } = process.stdout;
  const record = (...parts: unknown[]) => void printed.push(parts.map(String).join(' '));
  Object.assign(console, { log: record, error: record, warn: record });
  process.stdout.write = () => true;
  return () => {
    Object.assign(console, { log, error, warn });
    process.stdout.write = write;
  };
}

/** Loaded on demand: it takes a second. */
async function loadKit() {
  return await import('drizzle-kit/api');
}

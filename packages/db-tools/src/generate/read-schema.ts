import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { shellPath } from '../command-line/shell-path.ts';
import { DbError } from '../errors.ts';

/** What the entry module of the schema exports. Throws a DbError `schema_missing` or `schema_broken`. */
export async function readSchema(file: string): Promise<Record<string, unknown>> {
  if (!existsSync(file)) {
    throw new DbError('schema_missing', `There is no schema at ${file}.`, { hint: 'Correct `schema` in db.config.ts' });
  }
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new DbError('schema_broken', `The schema ${file} cannot be loaded: ${reason}`, {
      hint: `See the whole error: node ${shellPath(file)}`,
      cause,
    });
  }
}

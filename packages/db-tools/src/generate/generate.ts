import { randomUUID } from 'node:crypto';
import { DbError } from '../errors.ts';
import type { Decisions, Question } from './decisions.ts';
import { takeSnapshot } from './drizzle-kit.ts';
import { type MigrationFolder, readMigrationFolder, writeMigration } from './migration-folder.ts';
import { toFileName } from './name.ts';
import { planMigration } from './plan.ts';
import { readSchema } from './read-schema.ts';
import type { Snapshot } from './snapshot.ts';

interface GenerateOptions {
  /** Entry module of the schema. */
  schema: string;
  /** Folder of the migrations. */
  directory: string;
  decisions: Decisions;
}

/** What the schema is ahead of the last snapshot by. Nothing is written before `write` is called. */
export interface GenerateResult {
  /** What has to be decided before there are statements. */
  questions: Question[];
  /** Empty when the schema and the last migration agree. */
  statements: string[];
  /** Writes the migration and returns its tag. */
  write(name?: string): string;
}

/** Compares the schema with the last migration. Throws DbErrors: 3 for a folder that is no line of migrations, else 1. */
export async function generate({ schema, directory, decisions }: GenerateOptions): Promise<GenerateResult> {
  const folder = readMigrationFolder(directory);
  const snapshot = await takeSnapshot(await readSchema(schema), folder.last.id);
  refuseEmpty(snapshot, folder, schema);
  const plan = await planMigration(folder.last, snapshot, decisions);
  if (!('statements' in plan)) return { ...plan, statements: [], write: cannotWrite };
  const { statements, name } = plan;
  const sql = statements.join('--> statement-breakpoint\n');
  return {
    questions: [],
    statements,
    write: (given) => writeMigration(folder, { name: given ? checkName(given) : name, sql, snapshot }),
  };
}

/** Writes a migration without statements, for hand-written SQL; the snapshot stays what it was. Returns its tag. */
export function generateCustom(directory: string, name: string): string {
  const folder = readMigrationFolder(directory);
  const snapshot = { ...folder.last, id: randomUUID(), prevId: folder.last.id };
  // Named in the text: two files of equal text have equal hashes, which drizzle keeps as their identity.
  // Without the text of the breakpoint: drizzle-kit migrate would cut the comment in two there.
  const sql = `-- ${checkName(name)}: put your statements below, a semicolon behind each\n`;
  return writeMigration(folder, { name: checkName(name), sql, snapshot });
}

function checkName(name: string): string {
  const clean = toFileName(name);
  if (clean) return clean;
  throw new DbError('usage', '--name has no letter or digit.', { hint: 'db generate --name add_files_checksum' });
}

/** A module without tables is more likely the wrong file than the wish to drop everything. */
function refuseEmpty(snapshot: Snapshot, folder: MigrationFolder, schema: string): void {
  if (Object.keys(snapshot.tables).length > 0 || Object.keys(folder.last.tables).length === 0) return;
  throw new DbError('schema_empty', `${schema} exports no table, but the migrations made some.`, {
    hint: 'Export the tables from it (export * from …), or correct `schema` in db.config.ts',
  });
}

function cannotWrite(): never {
  throw new Error('A migration with open questions cannot be written.');
}

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { shownPath } from '../command-line/shell-path.ts';
import { DbError, usageError } from '../errors.ts';
import { chooseTags } from '../lint/choose-files.ts';
import { type Finding, lint } from '../lint/lint.ts';
import type { Decisions, Question } from './decisions.ts';
import { BREAKPOINT, downTemplate, writeDown } from './down.ts';
import { takeSnapshot } from './drizzle-kit.ts';
import { type MigrationFolder, nextTag, readMigrationFolder, writeMigration } from './migration-folder.ts';
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
  /** Writes the migration with its down file, once both are made and the first is linted. */
  write(name?: string): Promise<Written>;
}

export interface Written {
  tag: string;
  /** Why the migration cannot be reverted, if it cannot. */
  irreversible?: string;
  /** Whether it takes values or rows away. */
  losesData: boolean;
  /** What the lint says to it. */
  findings: Finding[];
}

/**
 * Compares the schema with the last migration. Throws DbErrors: 3 for a folder that is no line of migrations, else 1.
 */
export async function generate({ schema, directory, decisions }: GenerateOptions): Promise<GenerateResult> {
  const folder = readMigrationFolder(directory);
  const snapshot = await takeSnapshot(await readSchema(schema), folder.last.id);
  refuseEmpty(snapshot, folder, schema);
  const plan = await planMigration(folder.last, snapshot, decisions);
  if (!('statements' in plan)) return { ...plan, statements: [], write: cannotWrite };
  const { statements, name } = plan;
  const sql = statements.join(BREAKPOINT);
  return {
    questions: [],
    statements,
    async write(given) {
      const tag = nextTag(folder, given ? checkName(given) : name);
      const { sql: down, irreversible, losesData } = await writeDown(folder.last, snapshot, plan);
      const findings = await lintDraft(folder, { tag, sql, snapshot });
      writeMigration(folder, { tag, sql, down, snapshot });
      return { tag, findings, losesData, ...(irreversible ? { irreversible } : {}) };
    },
  };
}

async function lintDraft(
  { directory, last }: MigrationFolder,
  { tag, sql, snapshot }: { tag: string; sql: string; snapshot: Snapshot },
): Promise<Finding[]> {
  const { context } = chooseTags(directory, []);
  const path = shownPath(join(directory, `${tag}.sql`));
  return await lint([{ path, sql }], { ...context, before: last, after: snapshot });
}

/** Writes a migration without statements, for hand-written SQL; the snapshot stays what it was. Returns its tag. */
export function generateCustom(directory: string, name: string): string {
  const folder = readMigrationFolder(directory);
  const snapshot = { ...folder.last, id: randomUUID(), prevId: folder.last.id };
  // Named in the text: two files of equal text have equal hashes, which drizzle keeps as their identity.
  // Without the text of the breakpoint: drizzle-kit migrate would cut the comment in two there.
  const sql = `-- ${checkName(name)}: put your statements below, a semicolon behind each\n`;
  const tag = nextTag(folder, checkName(name));
  writeMigration(folder, { tag, sql, down: downTemplate(tag), snapshot });
  return tag;
}

function checkName(name: string): string {
  const clean = toFileName(name);
  if (clean) return clean;
  throw usageError('--name has no letter from a to z and no digit.', 'pnpm db generate --name add_files_checksum');
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

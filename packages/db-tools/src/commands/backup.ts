import { join, resolve } from 'node:path';
import { backupFolder, defaultName, pruneBackups } from '../backup/backup-folder.ts';
import { bytes, createProgress } from '../backup/progress.ts';
import { DEFAULT_RETENTION } from '../backup/retention.ts';
import { takeBackup } from '../backup/take-backup.ts';
import { verifyBackup } from '../backup/verify-backup.ts';
import { wholeNumber } from '../command-line/flag-values.ts';
import { count } from '../command-line/output.ts';
import type { Verb, VerbContext } from '../command-line/verb.ts';
import { findTarget } from '../connection/target.ts';
import { usageError } from '../errors.ts';

interface Options {
  sql?: boolean;
  fingerprint: boolean;
  pgBin?: string;
  keepDaily?: number;
  keepWeekly?: number;
  prune: boolean;
}

export const verb: Verb<Options> = {
  examples: ['pnpm db backup', 'pnpm db backup app.dump', 'pnpm db backup verify app.dump'],

  configure: (command) =>
    command
      .argument('[file]', 'where to write it; "verify" checks one')
      .argument('[dump]', 'with "verify": the backup to check')
      .option('--sql', 'plain SQL instead of the custom format')
      .option('--no-fingerprint', 'count rows, but do not hash them: for databases that take too long to read twice')
      .option('--pg-bin <folder>', 'where pg_dump is, instead of PG_BIN, PATH and the places of packages')
      .option('--keep-daily <n>', 'how many days keep their last backup (7)', wholeNumber)
      .option('--keep-weekly <n>', 'how many weeks keep their last backup (4)', wholeNumber)
      .option('--no-prune', 'delete no older backups')
      .addHelpText(
        'after',
        `
Without a file it goes to .local/backups, where older ones of the same database are deleted that no
rule keeps; files that are named are never deleted. Roles and passwords are not in a backup.

  db backup verify <file>   restores it into a scratch database on TEST_DATABASE_URL's server, or an
                            embedded one, and compares rows and content; exit 3 when they differ`,
      ),

  async run(context) {
    const [first, second] = context.args;
    if (first === 'verify') return await verify(context, second);
    if (second !== undefined)
      throw usageError(`db backup takes one file, and "${second}" is a second one.`, 'pnpm db backup <file>');
    return await backup(context, first);
  },
};

async function backup(context: VerbContext<Options>, named: string | undefined): Promise<Record<string, unknown>> {
  const { options, output, signal } = context;
  if (named !== undefined && (options.keepDaily !== undefined || options.keepWeekly !== undefined)) {
    throw usageError(
      '--keep-daily and --keep-weekly are for backups without a file name.',
      'pnpm db backup --keep-daily 7',
    );
  }
  const target = await findTarget(context);
  const config = await context.config();
  const folder = backupFolder(config.root);
  const format = options.sql ? 'sql' : 'custom';
  const file = named === undefined ? join(folder, defaultName(target.connection.database, format)) : resolve(named);
  const manifest = await takeBackup(target, {
    file,
    format,
    fingerprint: options.fingerprint,
    toolFolder: options.pgBin,
    config,
    environment: await context.environment(),
    progress: createProgress(context),
    signal,
  });
  const rows = Object.values(manifest.tables).reduce((sum, table) => sum + table.rows, 0);
  const tables = Object.keys(manifest.tables).length;
  output.say(
    `${target.name} is backed up: ${count(tables, 'table')}, ${count(rows, 'row')}, ${bytes(manifest.file.bytes)}.`,
  );
  output.say(`  ${file}`);
  const { keepDaily: daily = DEFAULT_RETENTION.daily, keepWeekly: weekly = DEFAULT_RETENTION.weekly } = options;
  const removed =
    named === undefined && options.prune ? pruneBackups(folder, target.connection, { daily, weekly }) : [];
  for (const old of removed) output.say(`  deleted ${old}`);
  const { file: written, durationMs, migrations, fingerprint } = manifest;
  return { database: target.name, file, ...written, tables, rows, migrations, fingerprint, durationMs, removed };
}

async function verify(context: VerbContext<Options>, file: string | undefined): Promise<Record<string, unknown>> {
  if (file === undefined) throw usageError('db backup verify needs the file to check.', 'pnpm db backup verify <file>');
  const dump = resolve(file);
  const result = await verifyBackup(dump, {
    toolFolder: context.options.pgBin,
    environment: await context.environment(),
    progress: createProgress(context),
    signal: context.signal,
  });
  const { tables, rows, fingerprint } = result;
  const how = fingerprint ? 'content and schema are equal' : 'as many rows as were counted (it has no fingerprint)';
  context.output.say(`${dump} restores: ${count(tables, 'table')}, ${count(rows, 'row')}, ${how}.`);
  return { file: dump, ...result };
}

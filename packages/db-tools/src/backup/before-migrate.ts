import { join } from 'node:path';
import type { VerbContext } from '../command-line/verb.ts';
import type { Target } from '../connection/target.ts';
import { DbError } from '../errors.ts';
import { type PlannedStatement, plan } from '../migrator/index.ts';
import { backupFolder, defaultName, pruneBackups } from './backup-folder.ts';
import { createProgress } from './progress.ts';
import { DEFAULT_RETENTION } from './retention.ts';
import { takeBackup } from './take-backup.ts';

export type BackupWhen = 'destructive' | 'always';

/**
 * Backs the target up before migrations that can lose data (or before any that are pending, with `always`), and returns
 * the file; undefined when there was no need. Throws before anything is applied.
 */
export async function backupBeforeMigrate(
  context: VerbContext,
  target: Target,
  { when, to, dryRun }: { when: BackupWhen; to?: string; dryRun?: boolean },
): Promise<string | undefined> {
  const config = await context.config();
  const { migrations } = await plan({
    url: target.url,
    directory: config.migrations,
    table: config.migrationsTable,
    ...(to === undefined ? {} : { to }),
  });
  const reason = whyBackup(migrations, when);
  if (reason === undefined) return undefined;
  if (dryRun) {
    context.output.say(`It would be backed up first: ${reason}.`);
    return undefined;
  }
  context.output.say(`Backing up first: ${reason}.`);
  const folder = backupFolder(config.root);
  const file = join(folder, defaultName(target.connection.database, 'custom'));
  await takeBackup(target, {
    file,
    format: 'custom',
    fingerprint: true,
    config,
    environment: await context.environment(),
    progress: createProgress(context),
    signal: context.signal,
  });
  context.output.say(`  ${file}`);
  pruneBackups(folder, target.connection, DEFAULT_RETENTION);
  return file;
}

/** The reason for a backup, as part of a sentence. Pure. */
export function whyBackup(
  migrations: { tag: string; statements: Pick<PlannedStatement, 'number' | 'sql' | 'done' | 'effects'>[] }[],
  when: BackupWhen,
): string | undefined {
  for (const { tag, statements } of migrations) {
    const risky = statements.find((statement) => !statement.done && canLoseData(statement));
    if (risky) return `${tag}, statement ${risky.number}, can lose data`;
  }
  return when === 'always' && migrations.length > 0 ? `${migrations[0]!.tag} is pending` : undefined;
}

/** Also where the text does not tell, as with DO and SELECT: a backup too many costs less than one too few. */
function canLoseData({ sql, effects }: Pick<PlannedStatement, 'sql' | 'effects'>): boolean {
  if (effects.some(({ hazards }) => hazards.some((hazard) => LOSES.has(hazard)))) return true;
  const words = sql.replace(/^(\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, '').toUpperCase();
  return !/^(CREATE|ALTER|COMMENT|GRANT|REVOKE|INSERT|SET|RESET|ANALYZE|VACUUM|REINDEX|REFRESH|CLUSTER|LOCK|DROP\s+INDEX|(DELETE|UPDATE|MERGE|TRUNCATE|DROP\s+TABLE)\b)/.test(
    words,
  );
}

const LOSES = new Set(['deletes-data', 'changes-rows', 'rewrites-table']);

/** The value of --backup. Throws a DbError `usage`. */
export function parseWhen(value: string | true): BackupWhen {
  if (value === true || value === 'destructive') return 'destructive';
  if (value === 'always') return 'always';
  throw new DbError('usage', `--backup takes "destructive" or "always", not "${value}".`, {
    hint: 'pnpm db migrate --backup=always',
  });
}

import { shellPath, shownPath } from '../command-line/shell-path.ts';
import type { LoadedConfig } from '../config.ts';
import { DbError } from '../errors.ts';
import type { Choice } from '../lint/choose-files.ts';
import { type Finding, lint } from '../lint/lint.ts';
import { checkDatabase, type DatabaseCheck } from './check-database.ts';
import { checkDownFiles } from './check-down-files.ts';
import { checkFiles } from './check-files.ts';
import { checkJournal } from './check-journal.ts';
import { checkSchema } from './check-schema.ts';
import { checkSnapshots } from './check-snapshots.ts';
import type { CheckFinding } from './finding.ts';
import { readFolder } from './folder.ts';

export interface CheckResult {
  findings: CheckFinding[];
  /** What the lint found, notes included; its errors are in `findings` as well. */
  lint: Finding[];
}

/**
 * Everything that must hold before a change is merged. `choose` says which migrations are new. What stands on something
 * broken is not checked: the schema and the lint need a folder that is one line of migrations.
 */
export async function check(options: {
  config: LoadedConfig;
  choose: () => Choice;
  /** The database to look at, if any. */
  database?: Omit<DatabaseCheck, 'config'>;
}): Promise<CheckResult> {
  const { config, choose, database } = options;
  const folder = readFolder(config.migrations);
  const ofFolder = [
    ...(folder.problem ? [folder.problem] : []),
    ...checkJournal(folder),
    ...checkFiles(folder),
    ...checkSnapshots(folder),
    ...checkDownFiles(folder),
  ];
  if (ofFolder.some(({ code }) => !HARMLESS.has(code))) return { findings: ofFolder, lint: [] };
  const { files, context } = choose();
  const linted = await lint(files, context);
  const findings = [
    ...ofFolder,
    ...(await toFindings(config, () => checkSchema(config.schema, config.migrations))),
    ...linted.filter(({ level }) => level === 'error').map(toFinding),
    ...(database ? await checkDatabase({ config, ...database }) : []),
  ];
  return { findings, lint: linted };
}

/** Whatever the rest is checked in spite of. */
const HARMLESS = new Set([
  'file-crlf',
  'file-bom',
  'file-empty',
  'name-odd',
  'when-not-increasing',
  'down-missing',
  'down-unlisted',
  'down-without-reason',
  'down-unreadable',
]);

/** A schema that cannot be loaded is a finding like any other. */
async function toFindings({ schema }: LoadedConfig, run: () => Promise<CheckFinding[]>): Promise<CheckFinding[]> {
  try {
    return (await run()).map((finding) => ({ ...finding, at: shownPath(finding.at) }));
  } catch (error) {
    if (!(error instanceof DbError)) throw error;
    const { code, message, hint } = error;
    return [{ code: code.replaceAll('_', '-'), at: shownPath(schema), message, fix: hint ?? 'pnpm typecheck' }];
  }
}

function toFinding({ file, line, rule, message }: Finding): CheckFinding {
  return {
    code: rule,
    at: file,
    line,
    message,
    fix: `See the migration to write instead: pnpm db lint ${shellPath(file)}`,
  };
}

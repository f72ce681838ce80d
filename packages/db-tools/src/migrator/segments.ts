import { DbError, EXIT } from '../errors.ts';
import { classify, type StatementClass } from './classify.ts';
import { type Directives, readDirectives } from './directives.ts';
import { lineAndColumn } from './position.ts';
import { type MigrationFile, sha256 } from './read-files.ts';
import { type Statement, splitStatements } from './split.ts';

export interface ClassifiedStatement extends Statement {
  class: Exclude<StatementClass, { mode: 'refused' }>;
  /** Recorded with a step, so that an edit of what has run already is noticed. */
  sha: string;
}

/** Statements that are committed together, or one that runs outside of a transaction. */
interface Segment {
  kind: 'transaction' | 'own';
  statements: ClassifiedStatement[];
  /** What the file has set for the session before: every segment begins with the session as it was. */
  settings: ClassifiedStatement[];
}

/** A file, ready to run. */
export interface Script {
  file: MigrationFile;
  sql: string;
  directives: Directives;
  statements: ClassifiedStatement[];
  segments: Segment[];
  /** Of a down file: the SQL that takes away the record of what it undoes, in place of writing one. */
  removesRecord?: string;
  /** `transaction`: all of it and its record are one transaction; `steps`: it is committed step by step. */
  mode: 'transaction' | 'steps';
}

/** Reads a file into segments. Pure. Throws exit 3 for statements that have no place in a migration. */
export function readScript(file: MigrationFile): Script {
  const sql = file.sql();
  const directives = readDirectives(sql, file.tag);
  const statements = splitStatements(sql, file.tag).map((statement) => classified(file, sql, statement));
  const segments = toSegments(statements, directives);
  const refused =
    directives.transaction === 'file' && segments.flatMap((s) => (s.kind === 'own' ? s.statements : []))[0];
  if (refused) {
    throw statementError(
      file,
      sql,
      refused,
      'transaction_mode',
      'cannot run in a transaction, and the file asks for one',
      'Remove transaction=file from its first line.',
    );
  }
  for (const { statements } of segments.slice(0, -1)) {
    for (const statement of statements) {
      const setting = settingOf(statement);
      if (setting === 'local' || setting === 'mixed') throw settingLost(file, sql, statement, setting);
    }
  }
  const single = segments.length === 0 || (segments.length === 1 && segments[0]!.kind === 'transaction');
  return { file, sql, directives, statements, segments, mode: single ? 'transaction' : 'steps' };
}

function classified(file: MigrationFile, sql: string, statement: Statement): ClassifiedStatement {
  const found = classify(statement.text);
  if (found.mode === 'refused') {
    throw statementError(
      file,
      sql,
      statement,
      'transaction_control',
      `is refused. ${found.reason}`,
      'Remove the statement; put what needs its own transaction into a migration of its own.',
    );
  }
  return { ...statement, class: found, sha: sha256(statement.text) };
}

/** A new enum value can be used only after a commit, so what follows it is another segment. */
function toSegments(statements: ClassifiedStatement[], { transaction }: Directives): Segment[] {
  const segments: Segment[] = [];
  const settingsBefore = ({ number }: ClassifiedStatement) =>
    statements.filter((statement) => statement.number < number && settingOf(statement) === 'session');
  for (const statement of statements) {
    if (statement.class.mode === 'own' || transaction === 'none') {
      segments.push({ kind: 'own', statements: [statement], settings: settingsBefore(statement) });
      continue;
    }
    const last = segments.at(-1);
    const ended =
      last?.kind !== 'transaction' ||
      transaction === 'each' ||
      (transaction !== 'file' &&
        last.statements.at(-1)?.class.mode === 'commit-after' &&
        statement.class.mode !== 'commit-after');
    if (ended) segments.push({ kind: 'transaction', statements: [statement], settings: settingsBefore(statement) });
    else last.statements.push(statement);
  }
  return segments;
}

export function settingOf({ class: found }: ClassifiedStatement): 'session' | 'local' | 'mixed' | undefined {
  return found.mode === 'own' ? undefined : found.setting;
}

function settingLost(file: MigrationFile, sql: string, statement: ClassifiedStatement, setting: string): DbError {
  return statementError(
    file,
    sql,
    statement,
    'setting_lost',
    setting === 'local'
      ? 'sets something for its transaction, which ends before the file does'
      : 'sets something for the session, which what comes after it in this file would not see: a transaction ends in between',
    'Write SET, which holds until the end of the file.',
  );
}

function statementError(
  file: MigrationFile,
  sql: string,
  statement: Statement,
  code: string,
  message: string,
  hint: string,
): DbError {
  const { line } = lineAndColumn(sql, statement.start);
  const shown = statement.text.replace(/\s+/g, ' ').slice(0, 80);
  return new DbError(code, `${file.tag}.sql:${line}, statement ${statement.number} (${shown}) ${message}.`, {
    exit: EXIT.check,
    hint,
    details: { tag: file.tag, statement: statement.number, line },
  });
}

import { toFileName } from '../generate/name.ts';
import type { Exception } from './exceptions.ts';
import { type LintContext, type LintInput, readBatch } from './lint-file.ts';
import type { Level, LintFile, LintStatement, Problem, Rule, SafeStep } from './rule.ts';
import { rules } from './rules/index.ts';
import { INFO, runSquawk, type SquawkFinding } from './squawk.ts';

export interface Finding {
  file: string;
  /** From 1, as is the statement; a comment belongs to none. */
  line: number;
  statement?: number;
  rule: string;
  level: Level;
  message: string;
  /** The statement, where there is one. */
  sql?: string;
  /** The migration to write instead, in order. */
  safe: SafeStep[];
}

/**
 * What is wrong with migrations that are applied together, in their order. What an exception with a reason allows is
 * left out. Throws a DbError when squawk cannot be run.
 */
export async function lint(inputs: LintInput[], context: LintContext = {}): Promise<Finding[]> {
  const files = readBatch(inputs, context);
  await addSquawk(files);
  return files.flatMap((file) => {
    if (file.unreadable) return [unreadable(file)];
    const problems = [...rules.flatMap((rule) => told(rule, file)), ...others(file)];
    return problems.sort((a, b) => a.line - b.line || (a.statement ?? 0) - (b.statement ?? 0));
  });
}

async function addSquawk(files: LintFile[]): Promise<void> {
  const readable = files.filter(({ unreadable }) => !unreadable);
  const found = await runSquawk(
    readable.map(({ sql, script }) => ({ sql, inTransaction: script?.mode !== 'steps' })),
    rules.flatMap(({ squawk }) => squawk ?? []),
  );
  for (const [index, file] of readable.entries()) {
    for (const finding of found[index]!) statementAt(file, finding)?.squawk.push(finding);
  }
}

/** squawk points at the part that it means, or behind the last statement. */
function statementAt({ sql, statements }: LintFile, { line, column }: SquawkFinding): LintStatement | undefined {
  const lines = sql.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  const offset =
    before +
    Buffer.from(lines[line - 1] ?? '')
      .subarray(0, column)
      .toString().length;
  return statements.findLast(({ start }) => start <= offset) ?? statements[0];
}

function unreadable({ path, unreadable }: LintFile): Finding {
  const { code, message, hint, details } = unreadable!;
  const line = Number(details?.line ?? /:(\d+)/.exec(message)?.[1] ?? 1);
  return {
    file: path,
    line,
    rule: code.replaceAll('_', '-'),
    level: 'error',
    message,
    safe: hint ? [{ do: hint }] : [],
  };
}

function told(rule: Rule, file: LintFile): Finding[] {
  const names = [rule.name, ...(rule.squawk ?? [])];
  return rule
    .check(file)
    .filter(({ at }) => rule.name === 'exception-without-reason' || !isAllowed(file.exceptions, names, at))
    .map((problem) => toFinding(rule, file, problem));
}

function isAllowed(exceptions: Exception[], names: string[], at: Problem['at']): boolean {
  const number = 'number' in at ? at.number : undefined;
  return exceptions.some(
    ({ rule, statement }) =>
      (rule === undefined || names.includes(rule)) && (statement === undefined || statement === number),
  );
}

function toFinding(rule: Rule, { path }: LintFile, { at, message, safe }: Problem): Finding {
  return {
    file: path,
    line: at.line,
    rule: rule.name,
    level: rule.level,
    message,
    ...('text' in at ? { statement: at.number, sql: at.text } : {}),
    safe: safe.map((step) => ('sql' in step ? { ...step, migration: toFileName(step.migration) } : step)),
  };
}

/** What squawk finds and none of our rules tells. */
function others(file: LintFile): Finding[] {
  const ours = new Set(rules.map(({ name }) => name));
  return file.statements.flatMap((statement) =>
    statement.squawk
      .filter(({ rule }) => !ours.has(rule) && !isAllowed(file.exceptions, [rule], statement))
      .filter(() => !isOnNewTable(file, statement))
      .map(({ rule, message, help, line }) => ({
        file: file.path,
        line,
        statement: statement.number,
        rule,
        level: INFO.has(rule) ? ('info' as const) : ('error' as const),
        message,
        sql: statement.text,
        safe: help ? [{ do: help }] : [],
      })),
  );
}

function isOnNewTable({ batch }: LintFile, statement: LintStatement): boolean {
  return statement.parsed.kind === 'alter-table' && batch.isNew(statement.parsed.table, statement);
}

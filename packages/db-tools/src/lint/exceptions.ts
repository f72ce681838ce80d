import type { Directives } from '../migrator/directives.ts';
import { tokenize } from '../migrator/lexer.ts';
import { lineAndColumn } from '../migrator/position.ts';
import type { Statement } from '../migrator/split.ts';

/** A rule that a comment says may be broken. */
export interface Exception {
  /** Undefined for a squawk-ignore that names none and so means all. */
  rule?: string;
  reason?: string;
  /** The line of the comment. */
  line: number;
  /** Number of the statement that it is about; undefined for the whole file. */
  statement?: number;
  /** The comment, to be written again with what it lacks. */
  comment: string;
}

/**
 * Every exception of a file: `-- db: allow=rule reason=…` in its first comments, and squawk's own
 * `-- squawk-ignore rule -- reason` above a statement, `-- squawk-ignore-file rule -- reason` anywhere.
 */
export function readExceptions(sql: string, directives: Directives, statements: Statement[]): Exception[] {
  const exceptions: Exception[] = [];
  for (const { kind, text, start } of tokenize(sql)) {
    if (kind !== 'comment') continue;
    const { line } = lineAndColumn(sql, start);
    const allow = /^--\s*db:.*\ballow=/.test(text) && start < (statements[0]?.start ?? sql.length);
    if (allow) {
      for (const rule of directives.allow ?? []) {
        exceptions.push({ rule, reason: meant(directives.reason), line, comment: text });
      }
    }
    const ignore = /^(?:--|\/\*)\s*squawk-ignore(-file)?\b(.*?)(?:--(.*?))?(?:\*\/)?$/s.exec(text);
    if (!ignore) continue;
    const [, wholeFile, names = '', reason] = ignore;
    const statement = wholeFile ? undefined : statements.find((s) => s.start + s.text.length > start)?.number;
    const rules = names.split(',').map((name) => name.trim());
    for (const rule of rules.filter(Boolean).length > 0 ? rules.filter(Boolean) : [undefined]) {
      exceptions.push({
        ...(rule ? { rule } : {}),
        ...(meant(reason) ? { reason: meant(reason) } : {}),
        line,
        ...(statement ? { statement } : {}),
        comment: text,
      });
    }
  }
  return exceptions;
}

/** A placeholder is no reason. */
function meant(reason: string | undefined): string | undefined {
  const text = reason?.trim();
  return text && !/^(<.*>|…|\.\.\.|todo|tbd)$/i.test(text) ? text : undefined;
}

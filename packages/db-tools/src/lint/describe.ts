import { paint } from '../command-line/output.ts';
import type { Finding } from './lint.ts';
import type { SafeStep } from './rule.ts';

/** Findings for people: by file, each with its line, what is wrong and the migration to write instead. */
export function describeFindings(findings: Finding[]): string {
  const files = Map.groupBy(findings, ({ file }) => file);
  return [...files].map(([file, found]) => `${paint('bold', file)}\n${describeFile(found)}`).join('\n\n');
}

function describeFile(findings: Finding[]): string {
  const errors = findings.filter(({ level }) => level === 'error').map(describeError);
  const notes = Map.groupBy(
    findings.filter(({ level }) => level === 'info'),
    ({ rule }) => rule,
  );
  return [...errors, ...[...notes].map(([rule, found]) => describeNote(rule, found))].join('\n');
}

function describeError({ line, rule, message, sql, safe }: Finding): string {
  const statement = sql === undefined ? [] : [paint('dim', `    ${shorten(sql)}`)];
  return [`  ${line}  ${paint('red', rule)}`, ...statement, `    ${message}`, ...describeSafe(safe)].join('\n');
}

/** A matter of taste takes one line, however often it occurs. */
function describeNote(rule: string, findings: Finding[]): string {
  const lines = [...new Set(findings.map(({ line }) => line))];
  return `  ${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}  ${rule} (a note): ${findings[0]!.message}`;
}

function describeSafe(safe: SafeStep[]): string[] {
  const [only] = safe;
  if (!only) return [];
  if (safe.length === 1 && 'do' in only) return [`    ${only.do}`];
  const steps = safe.map((step, index) => {
    const number = `      ${index + 1}. `;
    return 'do' in step ? `${number}${step.do}` : `${number}${step.migration}.sql\n${setIn(step.sql, 9)}`;
  });
  return ['    Write instead:', ...steps];
}

function setIn(text: string, width: number): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(width));
}

function shorten(sql: string): string {
  const line = sql.replace(/\s+/g, ' ').trim();
  return line.length > 110 ? `${line.slice(0, 109)}…` : line;
}

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { DbError } from '../errors.ts';

export interface SquawkFinding {
  /** `ban-char-field`; described on squawkhq.com/docs/<rule>. */
  rule: string;
  message: string;
  help?: string;
  /** From 1. */
  line: number;
  /** From 0, in bytes of UTF-8. */
  column: number;
}

/** Not asked for, and why. */
const EXCLUDED = [
  // The runner sets both for every statement.
  'require-lock-timeout',
  'require-statement-timeout',
  'require-timeout-settings',
  // The runner records what ran; IF NOT EXISTS would take an INVALID index or another table for the wanted one.
  'prefer-robust-stmts',
  // The runner takes what cannot run in a transaction out of it.
  'ban-concurrent-index-creation-in-transaction',
  // An expand step; the conventions of the schema say where a new value belongs.
  'ban-drop-not-null',
  'require-enum-value-ordering',
];

/** Matters of taste, which the conventions of a schema decide: told, never failed. */
export const INFO = new Set([
  'ban-char-field',
  'prefer-bigint-over-int',
  'prefer-bigint-over-smallint',
  'prefer-identity',
  'prefer-text-field',
  'prefer-timestamp-tz',
]);

/**
 * What squawk finds in each file, in their order. Throws a DbError `squawk_missing` when its binary is not installed,
 * and `squawk_failed` when it does not answer with findings.
 */
export async function runSquawk(
  files: { sql: string; inTransaction: boolean }[],
  exclude: string[],
): Promise<SquawkFinding[][]> {
  const binary = findBinary();
  const results: SquawkFinding[][] = [];
  // A process each, since what is linted need not lie on disk as it is; several at once, at 20 ms each.
  for (let at = 0; at < files.length; at += 8) {
    results.push(...(await Promise.all(files.slice(at, at + 8).map((file) => lintOne(binary, file, exclude)))));
  }
  return results;
}

function findBinary(): string {
  try {
    // Its own launcher would start a second Node.
    const require = createRequire(import.meta.url);
    return (require('squawk-cli/js/index.js') as { getBinaryPath(): string }).getBinaryPath();
  } catch (cause) {
    throw new DbError('squawk_missing', `squawk is not installed for ${process.platform}-${process.arch}.`, {
      hint: 'pnpm install — with optional dependencies; there are binaries for Linux, macOS and Windows, x64 and arm64',
      cause,
    });
  }
}

async function lintOne(
  binary: string,
  { sql, inTransaction }: { sql: string; inTransaction: boolean },
  exclude: string[],
): Promise<SquawkFinding[]> {
  const child = spawn(
    binary,
    [
      '--reporter=json',
      '--stdin-filepath=migration.sql',
      // The oldest server that the tools work with: what holds for it holds for newer ones.
      '--pg-version=15',
      `--exclude=${[...EXCLUDED, ...exclude].join(',')}`,
      inTransaction ? '--assume-in-transaction' : '--no-assume-in-transaction',
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (part) => {
    stdout += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part) => {
    stderr += part;
  });
  // It may end before it has read everything.
  child.stdin.on('error', () => {});
  child.stdin.end(sql);
  await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  try {
    const findings = (JSON.parse(stdout) as RawFinding[]).filter(({ rule_name }) => rule_name !== UNUSED_IGNORE);
    return findings.map((raw) => ({
      rule: raw.rule_name,
      message: raw.message,
      ...(raw.help ? { help: raw.help } : {}),
      line: raw.line + 1,
      column: raw.column,
    }));
  } catch (cause) {
    const said = (stderr || stdout).trim().split('\n')[0];
    throw new DbError('squawk_failed', `squawk did not answer with findings: ${said || 'it said nothing'}`, { cause });
  }
}

/** It cannot be excluded, and knows none of the rules that are ours alone. */
const UNUSED_IGNORE = 'unused-ignore';

interface RawFinding {
  line: number;
  column: number;
  message: string;
  help: string | null;
  rule_name: string;
}

import { styleText } from 'node:util';
import { redactUrl } from '../connection/url.ts';
import { DbError } from '../errors.ts';
import { shellWord } from './shell-path.ts';

/**
 * Text for people goes to stderr; stdout carries the result alone: one JSON object, or what a verb is asked to print.
 */
export interface Output {
  /** A line for people; nothing with --quiet. */
  say(line: string): void;
  /** A line that --quiet does not silence. */
  warn(line: string): void;
  /** What a check found wrong, which --quiet does not silence either. */
  finding(text: string): void;
  /** Text for stdout, e.g. the URL; nothing with --json. */
  print(text: string): void;
}

export function createOutput(options: { json: boolean; quiet: boolean; flags: string }): Output {
  const write = (line: string) => process.stderr.write(`${redactUrl(repeatFlags(line, options.flags))}\n`);
  return {
    say: (line) => void (options.quiet || write(line)),
    finding: (text) => void write(text),
    warn: (line) => void write(`${paint('yellow', 'warning')} ${line}`),
    print: (text) => void (options.json || process.stdout.write(`${text}\n`)),
  };
}

/** Prints the failure in the shape that was asked for: one sentence and the next step, or one JSON object. */
export function printError(error: DbError, options: { json: boolean; flags: string }): void {
  const clean = (text: string) => redactUrl(repeatFlags(text, options.flags));
  const message = clean(error.message);
  const hint = error.hint === undefined ? undefined : clean(error.hint);
  // A failed migration has more to tell: the place in the file, who was in the way, what is committed.
  const report = 'report' in error && typeof error.report === 'function' ? clean(error.report()) : undefined;
  const text = report ?? `${message}${hint ? `\n      ${hint}` : ''}`;
  process.stderr.write(`${paint('red', 'error')} ${text}\n`);
  if (process.env.DEBUG && error.stack) process.stderr.write(`${redactUrl(stackOf(error))}\n`);
  if (options.json) printJson({ ok: false, error: { code: error.code, message, hint }, ...error.details });
}

/**
 * The flags of a command that its hints repeat, since a hint pasted without them works on another database: --config as
 * it was given, and --url without its value, which may hold a password.
 */
export function flagsToRepeat(argv: string[]): string {
  const givenFor = (flag: string) => {
    const at = argv.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
    return at === -1 ? undefined : argv[at] === flag ? argv[at + 1] : argv[at]!.slice(flag.length + 1);
  };
  const config = givenFor('--config');
  return `${config ? ` --config ${shellWord(config)}` : ''}${givenFor('--url') === undefined ? '' : ' --url …'}`;
}

/** `pnpm db migrate` in a text as `pnpm db migrate --url …`, for verbs that ask a database. */
function repeatFlags(text: string, flags: string): string {
  if (flags === '') return text;
  return text.replace(/\bpnpm( -s)? db (?!start|stop|generate|diagram)[a-z-]+(?! --help)\b/g, `$&${flags}`);
}

export function printJson(result: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** Columns padded to the widest cell; the last one is left as it is. */
export function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join('  '),
    )
    .map((line) => `  ${line.trimEnd()}`)
    .join('\n');
}

/** `1 migration`, `2 migrations`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** Every line of a statement, set in. */
export function indent(text: string): string {
  return text.trim().replace(/^/gm, '  ');
}

/** Colour on a terminal, unless NO_COLOR says otherwise. */
export function paint(style: 'red' | 'yellow' | 'green' | 'bold' | 'dim', text: string): string {
  return styleText(style, text, { stream: process.stderr });
}

function stackOf(error: DbError): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack}` : '';
  return `${error.stack}${cause}`;
}

import { Command, CommanderError } from 'commander';
import { DbError, usageError } from '../errors.ts';
import type { GlobalOptions, Verb } from './verb.ts';
import { verbs } from './verbs.ts';

const WITH_VALUE = ['--url', '--config'];

/** Finds the verb among the arguments: flags that every verb takes may stand before it too. */
export function splitArguments(argv: string[]): { verb?: string; rest: string[]; wants?: 'help' | 'version' } {
  const rest = [...argv];
  const asks = rest[findVerb(rest)] === 'help';
  while (rest[findVerb(rest)] === 'help') rest.splice(findVerb(rest), 1);
  const wants = asks ? 'help' : wanted(rest);
  const at = findVerb(rest);
  const verb = rest[at];
  if (verb === undefined) {
    // Tells an unknown flag by name where there is no verb to ask.
    if (!wants) parse(addGlobalFlags(new Command('db')), rest);
    return { rest, wants };
  }
  if (!Object.hasOwn(verbs, verb)) throw unknownVerb(verb);
  rest.splice(at, 1);
  return { verb, rest, wants };
}

/** Behind the flags that stand before it. */
function findVerb(argv: string[]): number {
  let at = 0;
  while (at < argv.length && argv[at]!.startsWith('-')) at += WITH_VALUE.includes(argv[at]!) ? 2 : 1;
  return at;
}

function wanted(argv: string[]): 'help' | 'version' | undefined {
  if (argv.includes('--help') || argv.includes('-h')) return 'help';
  return argv.includes('--version') || argv.includes('-V') ? 'version' : undefined;
}

/**
 * The flags and arguments of one verb. Throws a DbError `usage` that names what is wrong with the nearest right one.
 */
export function parseVerb(name: string, verb: Verb, rest: string[]): { options: GlobalOptions; args: string[] } {
  const command = parse(buildCommand(name, verb), rest);
  refuseEmpty(command);
  return { options: command.opts(), args: command.args };
}

export function helpText(name?: string, verb?: Verb): string {
  if (name === undefined || verb === undefined) return generalHelp();
  return helpOf(buildCommand(name, verb), Math.min(process.stdout.columns || HELP_WIDTH, HELP_WIDTH));
}

/** What one verb has of its own, without the flags that every verb takes. */
export function ownHelp(name: string, verb: Verb): string {
  return helpOf(ownCommand(name, verb).helpOption(false), HELP_WIDTH);
}

const HELP_WIDTH = 100;

/** outputHelp, since helpInformation() leaves out what addHelpText() added. */
function helpOf(command: Command, width: number): string {
  const parts: string[] = [];
  const writeOut = (part: string) => void parts.push(part);
  command.configureOutput({ writeOut, getOutHelpWidth: () => width, getOutHasColors: () => false }).outputHelp();
  return parts.join('');
}

function buildCommand(name: string, verb: Verb): Command {
  return addGlobalFlags(ownCommand(name, verb)).helpOption('-h, --help', 'this text').allowExcessArguments(false);
}

function ownCommand(name: string, verb: Verb): Command {
  const command = new Command(`db ${name}`).description(verbs[name]!.summary);
  verb.configure?.(command);
  const examples = verb.examples.map((example) => `  ${example}`).join('\n');
  return command.addHelpText('after', `\nExample${verb.examples.length === 1 ? '' : 's'}:\n${examples}`);
}

function addGlobalFlags(command: Command): Command {
  return command
    .option('--json', 'one JSON object on stdout')
    .option('--yes', 'answer every confirmation with yes')
    .option('--quiet', 'nothing but errors and warnings')
    .option('--url <url>', 'the database, instead of DATABASE_URL_DIRECT or DATABASE_URL')
    .option('--config <file>', 'db.config.ts, instead of the nearest one')
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} });
}

function parse(command: Command, argv: string[]): Command {
  try {
    return command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw usageError(sentence(error.message), `pnpm ${command.name()} --help`);
  }
}

/** A variable that a script did not set: `--url "$STAGING"` must not mean the database that the environment names. */
function refuseEmpty(command: Command): void {
  const isEmpty = (value: unknown) => typeof value === 'string' && value.trim() === '';
  const [flag] =
    Object.entries(command.opts()).find(([, value]) => (Array.isArray(value) ? value.some(isEmpty) : isEmpty(value))) ??
    [];
  const option = command.options.find((each) => each.attributeName() === flag);
  const what = option?.long ?? (command.args.some(isEmpty) ? 'An argument' : undefined);
  if (what !== undefined) throw usageError(`${what} is empty.`, `pnpm ${command.name()} --help`);
}

/** commander's `error: unknown option '--jsn'\n(Did you mean --json?)` as one sentence. */
function sentence(message: string): string {
  const [first, suggestion] = message.replace(/^error: /, '').split('\n');
  const problem = first!.charAt(0).toUpperCase() + first!.slice(1).replace(/\.$/, '');
  const nearest = suggestion?.match(/Did you mean (.+)\?/)?.[1];
  return nearest ? `${problem}; did you mean ${nearest}?` : `${problem}.`;
}

function unknownVerb(given: string): DbError {
  const [nearest] = Object.keys(verbs)
    .map((verb) => ({
      verb,
      distance: given.length > 2 && verb.startsWith(given) ? 0 : editDistance(given.slice(0, 40), verb),
    }))
    .filter(({ distance }) => distance <= 2)
    .sort((a, b) => a.distance - b.distance);
  const shown = given.length > 40 ? `${given.slice(0, 40)}…` : given;
  const question = nearest ? `; did you mean ${nearest.verb}?` : '.';
  return usageError(`There is no verb "${shown}"${question}`, nearest ? `pnpm db ${nearest.verb}` : 'pnpm db --help');
}

/** How many letters to add, drop, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swaps = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = swaps ? rows[i - 2]![j - 2]! + 1 : Number.POSITIVE_INFINITY;
      row[j] = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, replaced, swapped);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

function generalHelp(): string {
  const width = Math.max(...Object.keys(verbs).map((verb) => verb.length));
  const list = Object.entries(verbs).map(([verb, { summary }]) => `  ${verb.padEnd(width)}  ${summary}`);
  return `Usage: db <verb> [flags]

${list.join('\n')}

Flags of every verb:
  --json           one JSON object on stdout
  --yes            answer every confirmation with yes
  --quiet          nothing but errors and warnings
  --url <url>      the database, instead of DATABASE_URL_DIRECT or DATABASE_URL
  --config <file>  db.config.ts, instead of the nearest one

db <verb> --help tells the flags of one verb, db --version the version.

Example:
  pnpm db migrate --dry-run

Exit: 0 done or nothing to do, 1 failed, 2 a decision is missing, 3 a check failed, 4 the lock was
not free, 5 wrong target (pooler, replica, protected or unreachable database).
`;
}

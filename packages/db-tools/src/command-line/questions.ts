import type { Command } from 'commander';
import { DbError, EXIT } from '../errors.ts';
import { type Decisions, type Question, renameFlag } from '../generate/decisions.ts';
import { collect } from './flag-values.ts';
import { count } from './output.ts';
import type { VerbContext } from './verb.ts';

/** The flags that answer whether something was renamed. */
export function decisionFlags(command: Command): Command {
  return command
    .option('--rename <path=name>', 'schema.table.column=new, schema.table=new, …: it was renamed', collect)
    .option('--create <path>', 'it is new, nothing was renamed to it', collect)
    .option('--drop <path>', 'it is gone, it was not renamed', collect);
}

/**
 * Plans, asks what the plan leaves open, and plans again until nothing is. `decisions` collects the answers. Where
 * nobody can be asked, or on Escape, throws `decision_missing` (exit 2) with the flags that answer.
 */
export async function decide<T extends { questions: Question[] }>(
  context: VerbContext,
  verb: string,
  decisions: Decisions,
  plan: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const result = await plan();
    if (result.questions.length === 0) return result;
    await ask(context, verb, result.questions, decisions);
  }
}

/** A question with the flags that answer it, for --json. */
export function describeQuestion({ kind, removed, added }: Question) {
  const pairs = Math.min(removed.length, added.length);
  const renamed = [
    ...added.slice(0, pairs).map((path, i) => `--rename ${renameFlag(removed[i]!, path)}`),
    ...added.slice(pairs).map((path) => `--create ${path}`),
    ...removed.slice(pairs).map((path) => `--drop ${path}`),
  ];
  const different = [...added.map((path) => `--create ${path}`), ...removed.map((path) => `--drop ${path}`)];
  return { kind, removed, added, ifRenamed: renamed.join(' '), ifDifferent: different.join(' ') };
}

/** Two complete command lines: everything that fits renamed, and everything different. */
export function answeringCommands(verb: string, questions: Question[]): string {
  const described = questions.map(describeQuestion);
  const renamed = described.map(({ ifRenamed }) => ifRenamed).join(' ');
  return `pnpm db ${verb} ${renamed} — or, if they are different things: pnpm db ${verb} ${described.map(({ ifDifferent }) => ifDifferent).join(' ')}`;
}

/** The answers given as flags; a list of its own, which decide() adds to. */
export function readDecisions({ rename = [], create = [], drop = [] }: Partial<Decisions>): Decisions {
  return { rename: [...rename], create: [...create], drop: [...drop] };
}

async function ask(context: VerbContext, verb: string, questions: Question[], decisions: Decisions): Promise<void> {
  if (!context.interactive) throw undecided(verb, questions);
  const { askChoice } = await import('./ask.ts');
  for (const { kind, removed, added } of questions) {
    const left = new Set(removed);
    for (const path of added) {
      const choice = await askChoice(`Is the ${kind} ${path} new?`, [
        { value: 'new', label: 'yes, it is new' },
        ...[...left].map((old) => ({ value: old, label: `no, it was ${old}`, hint: 'renamed' })),
      ]);
      if (choice === undefined) throw undecided(verb, questions);
      if (choice === 'new') decisions.create.push(path);
      else decisions.rename.push(renameFlag(choice, path));
      left.delete(choice);
    }
  }
}

function undecided(verb: string, questions: Question[]): DbError {
  const [first] = questions;
  const more = questions.length > 1 ? ` (and ${count(questions.length - 1, 'question')} more)` : '';
  return new DbError(
    'decision_missing',
    `Is the ${first!.kind} ${first!.added.join(', ')} new, or is it ${first!.removed.join(' or ')} renamed${more}?`,
    {
      exit: EXIT.decision,
      hint: answeringCommands(verb, questions),
      details: { questions: questions.map(describeQuestion) },
    },
  );
}

import { check } from '../check/check.ts';
import { checkDatabase } from '../check/check-database.ts';
import type { CheckFinding } from '../check/finding.ts';
import { count } from '../command-line/output.ts';
import type { Verb, VerbContext } from '../command-line/verb.ts';
import { DbError, EXIT } from '../errors.ts';
import { chooseTags } from '../lint/choose-files.ts';
import { carryDatabase, findDatabase, refuseToMove } from '../rebase/carry-database.ts';
import { findMainLine } from '../rebase/find-main-line.ts';
import { openGit } from '../rebase/git.ts';
import { planRebase, type RebasePlan } from '../rebase/plan-rebase.ts';
import { readSides } from '../rebase/read-sides.ts';
import { writeFolder } from '../rebase/write-folder.ts';

interface Options {
  onto?: string;
}

export const verb: Verb<Options> = {
  examples: ['pnpm db rebase --onto origin/main'],

  configure: (command) =>
    command.option('--onto <branch>', 'whose migrations come first (the main line: origin/main, main, …)').addHelpText(
      'after',
      `
For after git merge, conflicts and all: migrations that the main line does not have are put behind
those that it has, with new numbers and stamps; their SQL stays as it is, their snapshots are
rebuilt. The local database is brought along with its data. Whether a migration was applied anywhere
else it cannot know: one that was must not move.`,
    ),

  async run(context) {
    const { options, output } = context;
    const config = await context.config();

    const git = openGit(config.migrations);
    const main = git && findMainLine(git, options.onto);
    if (!git || !main) throw noMainLine(git !== undefined);
    const { theirs, moved, conflicts, files } = planRebase(main.side, readSides(config.migrations, git));
    const database = await findDatabase(context);
    if (database) await refuseToMove(database, moved, config.migrationsTable);

    const changed = writeFolder(config.migrations, files);
    if (git.unmerged().length > 0) git.stage();
    for (const { from, to } of moved) output.say(`  ${from} → ${to}`);
    output.say(
      changed.length === 0
        ? `Every migration follows those of ${main.name} already.`
        : `Put ${count(moved.length, 'migration')} behind the ${theirs.length} of ${main.name}.`,
    );
    const facts = { onto: main.name, changed: changed.length > 0, moved: moved.map(({ from, to }) => ({ from, to })) };
    if (conflicts.length > 0) throw conflicting(conflicts, main.name, facts);

    const findings = await verify(context);
    const isReadable = findings.every(({ code }) => code.startsWith('schema-'));
    if (!database || !isReadable) return finish(findings, facts);
    const { target, local } = database;
    if (!local) {
      output.say(`${target.name} is not local, and is left as it is: pnpm db status`);
      return finish(findings, facts);
    }
    const carried = await carryDatabase(context, target).catch((error) => {
      if (error instanceof DbError) Object.assign(error, { details: { ...error.details, ...facts } });
      throw error;
    });
    const env = await context.environment();
    if (carried.changes.length > 0) {
      findings.push(...(await checkDatabase({ config, target, env, signal: context.signal })));
    }
    return finish(findings, { ...facts, carried });
  },
};

/** What db check would say, without the lint. */
async function verify(context: VerbContext): Promise<CheckFinding[]> {
  const config = await context.config();
  return (await check({ config, choose: () => chooseTags(config.migrations, []) })).findings;
}

function finish(findings: CheckFinding[], facts: Record<string, unknown>): Record<string, unknown> {
  const [first] = findings;
  if (!first) return facts;
  throw new DbError(
    'check_failed',
    `The migrations are in order, but the check found ${count(findings.length, 'problem')}: ${findings.map(({ at, message }) => `${at}: ${message}`).join(' ')}`,
    { exit: EXIT.check, hint: first.fix, details: { ...facts, findings } },
  );
}

function conflicting(conflicts: RebasePlan['conflicts'], main: string, facts: Record<string, unknown>): DbError {
  const [first] = conflicts;
  const all = conflicts.map(({ tag, path, problem }) => `${tag}: ${path} is ${problem}`).join('; ');
  return new DbError(
    'migrations_conflict',
    `The migrations are in order, but those of ${main} and yours do the same thing twice, so that yours would fail. ${all}.`,
    {
      exit: EXIT.check,
      hint: `Delete ${first!.tag} (.sql, .down.sql, snapshot, entry of the journal), correct the schema, and: pnpm db generate`,
      details: { ...facts, conflicts },
    },
  );
}

function noMainLine(isRepository: boolean): DbError {
  return new DbError(
    'onto_missing',
    isRepository
      ? 'There is no main line here whose migrations could come first, and no merge.'
      : 'The migrations are in no git repository.',
    { exit: EXIT.decision, hint: 'Name the branch that was merged: pnpm db rebase --onto origin/main' },
  );
}

import { DbError, EXIT } from '../errors.ts';
import { restoreFile } from '../mend-folder.ts';
import { applyOwn } from './apply-own.ts';
import { applyTransaction } from './apply-transaction.ts';
import { quoteLiteral } from './quote.ts';
import { type Runner, refuseAborted } from './runner.ts';
import type { ClassifiedStatement, Script } from './segments.ts';
import { type RecordedStep, removeSteps } from './store.ts';

/**
 * Runs a file that cannot be one transaction: what is transactional commits together with its step rows, every other
 * statement has a step that says `running` before and `done` after. After a crash the file goes on where it was, and
 * what was running is looked up in the database. The last transaction writes the history row and removes the steps.
 */
export async function applySteps(runner: Runner, script: Script, recorded: RecordedStep[]): Promise<void> {
  refuseChanged(script, recorded);
  const begun = performance.now();
  const steps = new Map(recorded.map((step) => [step.seq, step]));
  const isDone = ({ number }: ClassifiedStatement) => steps.get(number)?.state === 'done';
  let committedUpTo = Math.max(0, ...script.statements.filter(isDone).map(({ number }) => number));
  let complete = false;
  for (const [index, segment] of script.segments.entries()) {
    refuseAborted(runner);
    const statements = segment.statements.filter((statement) => !isDone(statement));
    if (segment.kind === 'own') {
      for (const statement of statements)
        await applyOwn(runner, script, {
          statement,
          settings: segment.settings,
          recorded: steps.get(statement.number),
          committedUpTo,
        });
    } else {
      complete = index === script.segments.length - 1;
      if (statements.length === 0 && !complete) continue;
      const record = complete
        ? removeSteps(runner.names, script.file.tag)
        : statements.map((statement) => insertDone(runner, script, statement)).join('; ');
      const { settings } = segment;
      await applyTransaction(runner, script, { statements, settings, last: complete, record, committedUpTo, begun });
    }
    committedUpTo = segment.statements.at(-1)?.number ?? committedUpTo;
  }
  if (!complete)
    await applyTransaction(runner, script, {
      statements: [],
      last: true,
      record: removeSteps(runner.names, script.file.tag),
      committedUpTo,
      begun,
    });
}

/** A step that ran under another text cannot be taken for this one. */
function refuseChanged(script: Script, recorded: RecordedStep[]): void {
  const { tag, path } = script.file;
  const changed = recorded.find((step) => script.statements[step.seq - 1]?.sha !== step.sha);
  if (!changed) return;
  throw new DbError(
    'step_changed',
    `Statement ${changed.seq} of ${tag} was changed after it had run; the file is applied in part.`,
    {
      exit: EXIT.check,
      hint: `Put the statement back as it was (${restoreFile(path)}); only statements that did not run yet may change.`,
      details: { tag, statement: changed.seq },
    },
  );
}

function insertDone({ names }: Runner, { file }: Script, { number, sha }: ClassifiedStatement): string {
  return `insert into ${names.steps} (tag, seq, sha, state, finished_at) values (${quoteLiteral(file.tag)}, ${number}, ${quoteLiteral(sha)}, 'done', now())`;
}

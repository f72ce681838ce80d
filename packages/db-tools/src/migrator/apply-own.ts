import { DbError, EXIT } from '../errors.ts';
import { restoreSession } from './apply-transaction.ts';
import type { OwnOperation } from './classify.ts';
import { hasLock, lockLost } from './lock.ts';
import { quoteLiteral } from './quote.ts';
import { type Before, findInvalidTwin, type Interrupted, lookBefore, type Outcome, settle } from './recover.ts';
import { type Attempt, withRetries } from './retry.ts';
import { faultPoint, lockTimeoutMs, type Runner } from './runner.ts';
import { type ClassifiedStatement, type Script, settingOf } from './segments.ts';
import type { RecordedStep } from './store.ts';

/** Runs a statement outside of a transaction, unless its step tells that it ran. */
export async function applyOwn(runner: Runner, script: Script, own: Own): Promise<void> {
  const { statement, settings, recorded, committedUpTo } = own;
  const { session } = runner;
  const { tag } = script.file;
  const operation = operationOf(statement);
  const lockTimeout = ownLockTimeout(runner, script, statement);
  const endsTransactions = mayEndTransactions(statement);
  // What the database had before the try that the step row stands for.
  let open = recorded?.before as Before | undefined;
  let running = false;
  let half: string | undefined;
  const leftovers: Interrupted['leftovers'] = new Map();
  const interrupted = (before: Before): Interrupted => ({ sql: statement.text, operation, before, leftovers });

  const undo = async () => {
    await session.run(restoreSession(runner));
    if (!running || !open) return;
    running = false;
    const failed = interrupted(open);
    if (endsTransactions) {
      half = `Statement ${statement.number} of ${tag} may have committed a part of its work before it failed. When it is clear what: pnpm db repair --step ${tag}:${statement.number} --as retry (or --as done).`;
      return;
    }
    if ((await settleFailed(runner, script, own, failed)) !== 'not-done') return;
    await session.run(deleteStep(runner, script, statement));
    open = undefined;
  };
  const left = () => half ?? (open && describeLeftovers(script, statement, committedUpTo, leftovers));
  const retrying = { committedUpTo, undo, lockTimeout, once: endsTransactions, left };
  await withRetries(runner, script, retrying, async (attempt) => {
    // Where the file's role may not even look, it is the statement that asks for too much.
    const look = async <Found>(at: () => Promise<Found>): Promise<Found> => {
      let found!: Found;
      await attempt.step(statement, async () => {
        found = await withSettings(runner, settings, at);
      });
      return found;
    };
    if (open) {
      const outcome = await recover(runner, script, own, interrupted(open), attempt);
      if (outcome === 'done') return;
      open = undefined;
    } else {
      await look(() => refuseInvalidTwin(runner, script, statement));
    }
    const before = await look(() => lookBefore(session, operation));
    await faultPoint(runner, `${tag}: before step ${statement.number}`);
    const started = await session.run(startStep(runner, script, statement, before));
    if (started.length === 0) throw lockLost(tag);
    open = before;
    await faultPoint(runner, `${tag}: step ${statement.number} running`);
    await session.run(
      `set lock_timeout = ${lockTimeout}; set statement_timeout = ${script.directives.statementTimeout ?? 0}`,
    );
    for (const setting of settings) await attempt.step(setting, () => session.run(setting.text));
    running = true;
    await attempt.step(statement, () => session.run(statement.text));
    running = false;
    await faultPoint(runner, `${tag}: statement ${statement.number} ran`);
    await session.run(`${restoreSession(runner)}; ${finishStep(runner, script, statement)}`);
    await faultPoint(runner, `${tag}: step ${statement.number} done`);
  });
}

/** A procedure, or a block with the words for it in whatever language. */
function mayEndTransactions({ text }: ClassifiedStatement): boolean {
  return /^call\b/i.test(text) || (/^do\b/i.test(text) && /commit|rollback|call|execute/i.test(text));
}

export interface Own {
  statement: ClassifiedStatement;
  /** What the file has set for the session before. */
  settings: ClassifiedStatement[];
  recorded: RecordedStep | undefined;
  committedUpTo: number;
}

/** Names mean what they mean to the statement: its file may have set the search_path. */
async function withSettings<Result>(
  runner: Runner,
  settings: ClassifiedStatement[],
  look: () => Promise<Result>,
): Promise<Result> {
  if (settings.length === 0) return look();
  for (const { text } of settings) await runner.session.run(text);
  const result = await look();
  await runner.session.run(restoreSession(runner));
  return result;
}

/**
 * The server said that the statement failed. If what it left cannot be removed now, the step stays for the next try or
 * run.
 */
async function settleFailed(
  runner: Runner,
  script: Script,
  own: Own,
  interrupted: Interrupted,
): Promise<Outcome | undefined> {
  const { session, observer, backendPid: pid } = runner;
  const { number, text: sql } = own.statement;
  if (interrupted.operation.kind === 'unknown') return 'not-done';
  const lockTimeout = ownLockTimeout(runner, script, own.statement);
  const stop = observer.watch({ pid, tag: script.file.tag, statement: number, sql, lockTimeout });
  try {
    return await settleOwn(runner, script, own, interrupted);
  } catch {
    await session.run(restoreSession(runner));
    return undefined;
  } finally {
    stop();
  }
}

/** What removes the rest of a statement waits for the same sessions as the statement does, and has its limits. */
async function settleOwn(
  runner: Runner,
  script: Script,
  { statement, settings }: Pick<Own, 'statement' | 'settings'>,
  interrupted: Interrupted,
): Promise<Outcome> {
  const { session, options } = runner;
  // A run that is stopped leaves it to the next one.
  const limit = options.signal?.aborted ? lockTimeoutMs(options) : ownLockTimeout(runner, script, statement);
  await session.run(`set lock_timeout = ${limit}; set statement_timeout = 0`);
  const outcome = await withSettings(runner, settings, () => settle(session, interrupted));
  await session.run(restoreSession(runner));
  return outcome;
}

/** What is in the database while a step is recorded as running. */
function describeLeftovers(
  { file: { tag } }: Script,
  { number }: ClassifiedStatement,
  committedUpTo: number,
  leftovers: Interrupted['leftovers'],
): string {
  const committed =
    committedUpTo === 0 ? '' : `Of ${tag}, the statements up to number ${committedUpTo} are committed. `;
  if (leftovers.size === 0) {
    return `${committed}Statement ${number} of ${tag} stays recorded as running; the next run looks at what became of it.`;
  }
  const [what, how] = [[...leftovers.keys()].join(' and '), [...leftovers.values()].join('; ')];
  return `${committed}Of statement ${number} of ${tag}, ${what} ${leftovers.size === 1 ? 'is' : 'are'} left, and the record that it is running. The next run settles both first; by hand: ${how}`;
}

/** Looks at what became of the statement of an earlier run. */
async function recover(
  runner: Runner,
  script: Script,
  own: Pick<Own, 'statement' | 'settings'>,
  interrupted: Interrupted,
  attempt: Attempt,
): Promise<'done' | 'not-done'> {
  const { session, options } = runner;
  const { statement } = own;
  const { tag } = script.file;
  let outcome: Outcome = 'unknown';
  await attempt.step(statement, async () => {
    outcome = await settleOwn(runner, script, own, interrupted);
  });
  if (outcome === 'unknown') {
    throw new DbError(
      'step_unknown',
      `Statement ${statement.number} of ${tag} was running when an earlier run ended, and nothing in the database tells whether it took effect.`,
      {
        exit: EXIT.check,
        hint: `Look, then: pnpm db repair --step ${tag}:${statement.number} --as done (or --as retry)`,
        details: { tag, statement: statement.number, sql: statement.text },
      },
    );
  }
  await session.run(outcome === 'done' ? finishStep(runner, script, statement) : deleteStep(runner, script, statement));
  options.onEvent?.({ type: 'step-recovered', tag, statement: statement.number, outcome });
  return outcome;
}

async function refuseInvalidTwin({ session }: Runner, script: Script, statement: ClassifiedStatement): Promise<void> {
  const index = await findInvalidTwin(session, operationOf(statement));
  if (index === undefined) return;
  throw new DbError(
    'index_invalid',
    `${script.file.tag}, statement ${statement.number}: the index ${index} exists, but is INVALID: an earlier build failed. This runner did not make it, so it does not drop it.`,
    {
      hint: `psql -c 'drop index concurrently ${index}', then: pnpm db migrate`,
      details: { tag: script.file.tag, statement: statement.number, index },
    },
  );
}

function operationOf(statement: ClassifiedStatement): OwnOperation {
  if (statement.class.mode === 'own') return statement.class.operation;
  return { kind: settingOf(statement) === 'session' ? 'repeatable' : 'unknown' };
}

/**
 * CONCURRENTLY keeps nobody waiting while it waits for older transactions, and a build that gives up has to begin
 * again: it gets five minutes unless the file or the caller says otherwise.
 */
function ownLockTimeout({ options }: Runner, { directives }: Script, { text }: ClassifiedStatement): number {
  if (directives.lockTimeout !== undefined) return directives.lockTimeout;
  if (options.lockTimeout === undefined && /\bconcurrently\b/i.test(text)) return 300_000;
  return lockTimeoutMs(options);
}

/** Writes the row, and returns it, if this session still has the lock. */
function startStep(
  { names, key }: Runner,
  { file }: Script,
  { number, sha }: ClassifiedStatement,
  before: Before,
): string {
  return `insert into ${names.steps} (tag, seq, sha, state, before)
    select ${quoteLiteral(file.tag)}, ${number}, ${quoteLiteral(sha)}, 'running', ${quoteLiteral(JSON.stringify(before))}::jsonb
    where ${hasLock(key)} returning seq`;
}

function finishStep({ names }: Runner, { file }: Script, { number }: ClassifiedStatement): string {
  return `update ${names.steps} set state = 'done', finished_at = now() where tag = ${quoteLiteral(file.tag)} and seq = ${number}`;
}

function deleteStep({ names }: Runner, { file }: Script, { number }: ClassifiedStatement): string {
  return `delete from ${names.steps} where tag = ${quoteLiteral(file.tag)} and seq = ${number}`;
}

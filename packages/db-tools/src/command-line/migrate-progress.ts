import { redactUrl } from '../connection/url.ts';
import type { Blocker, MigrateEvent } from '../migrator/index.ts';
import { openLiveLine } from './live-line.ts';
import { count } from './output.ts';
import type { VerbContext } from './verb.ts';

export interface MigrateProgress {
  onEvent(event: MigrateEvent): void;
  /** What this run has committed completely so far. */
  readonly applied: { tag: string; ms: number }[];
  /** The file that was begun and is not complete. */
  readonly begun: { tag: string; mode: 'transaction' | 'steps' } | undefined;
  /** To be called whatever happened. */
  end(): void;
}

type Running = Extract<MigrateEvent, { type: 'statement-running' }>;
type Retry = Extract<MigrateEvent, { type: 'retry' }>;

/** After that long a file or statement is worth a line of its own. */
const LONG_MS = 1000;
/** Off a terminal the lines of one statement come after 1, 2, 4, 8 … seconds, so that an hour does not fill a log. */
const RARE_MS = 60_000;

/**
 * Tells people how a migrate goes: a line per file, and one for what takes longer than a second, with how long, what it
 * waits for and how far an index build is. On a terminal the line changes, elsewhere there is a line for each step.
 */
export function createMigrateProgress(context: VerbContext): MigrateProgress {
  const { output } = context;
  const live = openLiveLine(context);
  const applied: { tag: string; ms: number }[] = [];
  let begun: MigrateProgress['begun'];
  let announce: NodeJS.Timeout | undefined;
  /** What a statement that takes long was last seen doing. */
  let last: Running | undefined;
  let nextLineAt = LONG_MS;

  const say = (line: string) => {
    live?.clear();
    output.say(`  ${line}`);
  };
  const warn = (line: string) => {
    live?.clear();
    output.warn(line);
  };
  const statementEnded = () => {
    // What was shown on the line that changes stays as one that does not.
    if (live && last) say(describeRunning(last));
    last = undefined;
    nextLineAt = LONG_MS;
  };
  const fileEnded = () => {
    clearTimeout(announce);
    statementEnded();
    live?.clear();
  };

  function started({ tag, mode, statements }: Extract<MigrateEvent, { type: 'file-started' }>): void {
    begun = { tag, mode };
    const line = `${tag}  ${count(statements, 'statement')} …`;
    if (live) live.show(`  ${line}`);
    // Elsewhere most files are over before there is anything to tell.
    else announce = setTimeout(() => say(line), LONG_MS);
  }

  function running(event: Running): void {
    if (last && (last.tag !== event.tag || last.statement !== event.statement)) statementEnded();
    const isNews = last === undefined || isOther(last, event) || event.elapsedMs >= nextLineAt;
    last = event;
    if (live) live.show(redactUrl(`  ${describeRunning(event)}`));
    else if (isNews) say(describeRunning(event));
    while (nextLineAt <= event.elapsedMs) nextLineAt += Math.min(nextLineAt, RARE_MS);
  }

  return {
    applied,
    get begun() {
      return begun;
    },
    end: fileEnded,
    onEvent(event) {
      switch (event.type) {
        case 'waiting-for-lock':
          return say(
            `another runner holds the migration lock; waiting for it${event.holder ? `: ${name(event.holder)}` : ''}`,
          );
        case 'file-started':
          return started(event);
        case 'statement-running':
          return running(event);
        case 'file-finished':
          fileEnded();
          begun = undefined;
          applied.push({ tag: event.tag, ms: Math.round(event.ms) });
          return say(`${event.tag}  ${Math.round(event.ms)} ms`);
        case 'file-skipped':
          fileEnded();
          begun = undefined;
          return say(`${event.tag}  applied by another runner`);
        case 'retry':
          // It names those in the way itself.
          last = undefined;
          statementEnded();
          return say(describeRetry(event));
        case 'step-recovered':
          return say(
            `${event.tag}, statement ${event.statement}: an interrupted run ${event.outcome === 'done' ? 'had done it' : 'had not done it'}`,
          );
        case 'reconnected':
          return warn(
            `the connection was lost during ${event.tag}, which ${event.committed ? 'had' : 'had not'} been applied`,
          );
        case 'notice':
          if (event.severity === 'WARNING') warn(event.message);
      }
    },
  };
}

/** Whether there is more to tell than that time went by. */
function isOther(before: Running, now: Running): boolean {
  const key = ({ waitingFor, progress }: Running) => `${waitingFor.map(({ pid }) => pid)} ${progress?.phase}`;
  return key(before) !== key(now);
}

function describeRunning({ tag, statement, elapsedMs, waitingFor, progress }: Running): string {
  return [
    `${place(tag, statement)}: ${seconds(elapsedMs)}`,
    ...(progress ? [`${progress.phase}${progress.percent === undefined ? '' : ` ${progress.percent} %`}`] : []),
    ...(waitingFor.length > 0 ? [`waits for ${waitingFor.map(name).join(' and ')}`] : []),
  ].join(', ');
}

function describeRetry({ tag, statement, code, attempt, delayMs, blockers }: Retry): string {
  const what = code === '40P01' ? 'deadlock' : 'its lock was not free in time';
  const who = blockers.length > 0 ? `, held by ${blockers.map(name).join(' and ')}` : '';
  return `${place(tag, statement)}: ${what} (${code})${who}; try ${attempt + 1} in ${seconds(delayMs)}`;
}

/** Outside of the statements there are the bookkeeping of the file, and what follows the last one. */
function place(tag: string, statement: number): string {
  return statement === 0 ? tag : `${tag}, statement ${statement}`;
}

function name({ pid, application, state, age, query }: Blocker): string {
  const what = query.replace(/\s+/g, ' ').trim().slice(0, 80);
  return `${application || 'a session'} (pid ${pid}, ${state || 'running'}${age === undefined ? '' : ` for ${Math.round(age)} s`}${what ? `: ${what}` : ''})`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

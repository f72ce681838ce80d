import type { VerbContext } from '../command-line/verb.ts';
import type { Environment } from '../environment/load.ts';
import { DbError, EXIT } from '../errors.ts';
import { withMaintenance } from './maintenance.ts';
import { LOCAL_MARK, readComment } from './mark.ts';
import type { Target } from './target.ts';
import { isLoopback } from './url.ts';

/**
 * Whether the database may be treated as one of development: loopback, our mark in it, and not production. One that
 * does not exist holds nothing to protect, and would be marked when it is made.
 */
export async function isLocal(target: Target, env: Environment): Promise<boolean> {
  if (!mayBeLocal(target, env)) return false;
  const comment = await withMaintenance(target, (sql) => readComment(sql, target.connection.database));
  return comment === undefined || comment.startsWith(LOCAL_MARK);
}

/** The part of isLocal that needs no connection. */
export function mayBeLocal(target: Target, env: Environment): boolean {
  return isLoopback(target.connection.host) && env.NODE_ENV !== 'production';
}

/** Refuses (exit 5) unless the database is local. For verbs that never run on another one. */
export async function requireLocal(target: Target, env: Environment, verb: string): Promise<void> {
  if (await isLocal(target, env)) return;
  throw new DbError(
    'not_local',
    `db ${verb} works on a local database only, and ${target.name} ${whyNot(target, env)}.`,
    {
      exit: EXIT.wrongTarget,
      hint:
        target.source === 'local'
          ? `If nothing in it is needed: pnpm db reset --target ${target.name}`
          : `Work on the local one, without ${target.source}; it is made by: pnpm db start`,
    },
  );
}

/**
 * Lets a destructive verb pass: on a local database once it is confirmed, elsewhere only with `--target host/database`
 * spelled out. Throws `not_local` (exit 5) or `confirmation_missing` (exit 2). Returns whether the database is local.
 */
export async function guardDestruction(
  context: VerbContext<{ target?: string }>,
  target: Target,
  action: { verb: string; does: string },
): Promise<boolean> {
  const env = await context.environment();
  const spelledOut = isSpelledOut(context, target, action.verb);
  // Asked only where the answer can be yes: a shared database is refused without a connection to it.
  const local = mayBeLocal(target, env) && (await isLocal(target, env));
  if (spelledOut) return local;
  if (!local) {
    throw new DbError('not_local', `db ${action.verb} would ${action.does}, which ${whyNot(target, env)}.`, {
      exit: EXIT.wrongTarget,
      hint: `If that is meant: pnpm db ${action.verb} --target ${target.name}`,
    });
  }
  await confirm(context, action);
  return local;
}

/** Whether --target names the database. Throws a DbError `target_mismatch` (exit 5) when it names another one. */
export function isSpelledOut({ options }: VerbContext<{ target?: string }>, target: Target, verb: string): boolean {
  if (options.target === undefined || options.target === target.name) return options.target !== undefined;
  const source = target.source === 'local' ? 'the local server has' : `${target.source} names`;
  throw new DbError('target_mismatch', `--target says ${options.target}, but ${source} ${target.name}.`, {
    exit: EXIT.wrongTarget,
    hint: `If that is meant: pnpm db ${verb} --target ${target.name}`,
  });
}

function whyNot(target: Target, env: Environment): string {
  if (env.NODE_ENV === 'production') return 'is protected because NODE_ENV is production';
  if (!isLoopback(target.connection.host)) return 'is on another host';
  return 'was not made by db create, prepare or start';
}

/**
 * Returns when a person or --yes agreed. `verb` is what was typed, with the flags that --yes has to be added to; `does`
 * what it will do. Throws `confirmation_missing` (exit 2).
 */
export async function confirm(
  context: VerbContext,
  action: { verb: string; does: string; details?: object },
): Promise<void> {
  if (context.options.yes) return;
  const refusal = new DbError(
    'confirmation_missing',
    `db ${action.verb} would ${action.does}; that was not confirmed.`,
    {
      exit: EXIT.decision,
      hint: `pnpm db ${action.verb} --yes`,
      details: { ...action.details },
    },
  );
  if (!context.interactive) throw refusal;
  const { askYesNo } = await import('../command-line/ask.ts');
  if (!(await askYesNo(`This will ${action.does}. Go on?`))) throw refusal;
}

/** The flag of every destructive verb, as commander takes it. */
export const TARGET_FLAG = [
  '--target <host/database>',
  'spell out a database that is not local, to destroy what is in it',
] as const;

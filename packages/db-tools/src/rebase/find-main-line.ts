import { DbError, EXIT } from '../errors.ts';
import { MAIN_LINES } from '../lint/choose-files.ts';
import type { Git } from './git.ts';
import { readCommit, type Side } from './read-sides.ts';

export interface MainLine {
  /** How a person knows it. */
  name: string;
  side: Side;
}

/**
 * What comes first: the migrations of `onto` (else of the main line), as far as it is merged here. Without a main line
 * those of the other side of the merge; undefined where nothing is merged. Throws a DbError `onto_missing` (exit 2).
 */
export function findMainLine(git: Git, onto?: string): MainLine | undefined {
  const name = onto ?? MAIN_LINES.find((candidate) => git.commit(candidate));
  if (name === undefined) return otherSide(git);
  const commit = git.commit(name);
  if (!commit) {
    throw new DbError('onto_missing', `git knows no ${name}.`, {
      exit: EXIT.decision,
      hint: 'Name the branch that is merged: pnpm db rebase --onto origin/main',
    });
  }
  // A main line that went on since is not merged as a whole; nor is it yet a part of HEAD while a merge is under way.
  const merged = ['HEAD', ...UNDER_WAY]
    .flatMap((head) => git.mergeBase(commit, head) ?? [])
    .reduce<string | undefined>((last, base) => (last && git.isAncestor(base, last) ? last : base), undefined);
  const side = merged && (readCommit(git, merged) ?? beforeMerge(git, merged));
  return side ? { name, side } : undefined;
}

const UNDER_WAY = ['MERGE_HEAD', 'REBASE_HEAD', 'CHERRY_PICK_HEAD'];

function otherSide(git: Git): MainLine | undefined {
  const name = ['MERGE_HEAD', 'HEAD^2'].find((head) => git.commit(head));
  const side = name && readCommit(git, name);
  return side ? { name, side } : undefined;
}

/** A merge may have been committed with both sides in its journal. */
function beforeMerge(git: Git, merge: string): Side | undefined {
  return git.commit(`${merge}^2`) ? readCommit(git, `${merge}^1`) : undefined;
}

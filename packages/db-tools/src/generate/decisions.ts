import { usageError } from '../errors.ts';
import { applyRename, type Rename } from './rename.ts';
import { pathOf, type Snapshot } from './snapshot.ts';

const KINDS = ['schema', 'enum', 'sequence', 'role', 'table', 'column', 'policy', 'view'] as const;
export type Kind = (typeof KINDS)[number];

/** Answers as the flags give them; a path is `table`'s or `column`'s with every schema written out. */
export interface Decisions {
  /** `a.b.c=d`: the column c of a.b is now called d. */
  rename: string[];
  create: string[];
  drop: string[];
}

/** What was removed and what was added in one place, when that may be one thing renamed. */
export interface Question {
  kind: Kind;
  removed: string[];
  added: string[];
}

export interface Resolution {
  /** What nobody has decided. Of one kind at a time: the answers may bring up or settle others. */
  questions: Question[];
  renames: Rename[];
  /** The previous snapshot with the renames done. */
  previous: Snapshot;
  /** Whether something was both removed and added, and decided to be different things. */
  mixed: boolean;
}

/**
 * Finds everything that may have been renamed between two snapshots and settles it by the answers.
 * Throws a DbError `usage` for an answer that fits nothing.
 */
export function resolveDecisions(previous: Snapshot, current: Snapshot, decisions: Decisions): Resolution {
  const renames: Rename[] = [];
  const used = new Set<string>();
  let patched = previous;
  let mixed = false;
  for (const kind of KINDS) {
    const questions: Question[] = [];
    for (const group of findGroups(kind, patched, current)) {
      const found = findRenames(group, decisions.rename, used);
      renames.push(...found);
      for (const rename of found) patched = applyRename(patched, rename);
      const removed = without(
        group.removed,
        found.map(({ from }) => from),
      );
      const added = without(
        group.added,
        found.map(({ to }) => to),
      );
      const [undecidedRemoved, undecidedAdded] = [
        withoutDecided(removed, decisions.drop, used),
        withoutDecided(added, decisions.create, used),
      ];
      // Once either side is told apart, the other follows.
      if (undecidedRemoved.length > 0 && undecidedAdded.length > 0) {
        questions.push({ kind, removed: undecidedRemoved, added: undecidedAdded });
      }
      mixed ||= removed.length > 0 && added.length > 0;
    }
    if (questions.length > 0) return { questions, renames, previous: patched, mixed };
  }
  refuseUnused(decisions, used);
  return { questions: [], renames, previous: patched, mixed };
}

/** `--rename public.files.hash=checksum` for one of the answers to a question. */
export function renameFlag(removed: string, added: string): string {
  return `${removed}=${shortName(removed, added)}`;
}

type Group = Question;

function findGroups(kind: Kind, previous: Snapshot, current: Snapshot): Group[] {
  return namesOf(kind, previous, current)
    .map(([before, after]) => ({ kind, removed: without(before, after), added: without(after, before) }))
    .filter(({ removed, added }) => removed.length > 0 || added.length > 0);
}

/** Paths before and after, by the place in which a rename can happen. */
function namesOf(kind: Kind, previous: Snapshot, current: Snapshot): [string[], string[]][] {
  const pair = (of: (snapshot: Snapshot) => string[]): [string[], string[]][] => [[of(previous), of(current)]];
  switch (kind) {
    case 'schema':
      return pair(({ schemas }) => Object.keys(schemas));
    case 'role':
      return pair(({ roles }) => Object.keys(roles));
    case 'enum':
      return pair(({ enums }) => Object.values(enums).map(pathOf));
    case 'sequence':
      return pair(({ sequences }) => Object.values(sequences).map(pathOf));
    case 'table':
      return pair(({ tables }) => Object.values(tables).map(pathOf));
    case 'view':
      return pair(({ views }) => Object.values(views).map(pathOf));
    case 'column':
    case 'policy':
      return sharedTables(previous, current).map(([before, after]) => {
        const members = (table: typeof before) => Object.keys(kind === 'column' ? table.columns : table.policies);
        const path = (member: string) => `${pathOf(after)}.${member}`;
        return [members(before).map(path), members(after).map(path)];
      });
  }
}

export function sharedTables(previous: Snapshot, current: Snapshot) {
  const before = new Map(Object.values(previous.tables).map((table) => [pathOf(table), table]));
  return Object.values(current.tables).flatMap((table) => {
    const old = before.get(pathOf(table));
    return old ? [[old, table] as const] : [];
  });
}

function findRenames(group: Group, flags: string[], used: Set<string>): Rename[] {
  return flags.flatMap((flag) => {
    const [from, to] = readRename(flag);
    if (!group.removed.includes(from)) return [];
    const target = to.includes('.') || !from.includes('.') ? to : `${from.slice(0, from.lastIndexOf('.'))}.${to}`;
    if (!group.added.includes(target)) return [];
    used.add(flag);
    return [{ kind: group.kind, from, to: target }];
  });
}

function readRename(flag: string): [string, string] {
  const [from, to, ...rest] = flag.split('=');
  if (from && to && rest.length === 0) return [from, to];
  throw usageError(
    `--rename ${flag} does not say what becomes what.`,
    'pnpm db generate --rename public.users.name=full_name',
  );
}

function shortName(removed: string, added: string): string {
  const prefix = removed.slice(0, removed.lastIndexOf('.') + 1);
  return added.startsWith(prefix) ? added.slice(prefix.length) : added;
}

function without(list: string[], others: string[]): string[] {
  return list.filter((item) => !others.includes(item));
}

function withoutDecided(list: string[], decided: string[], used: Set<string>): string[] {
  for (const path of list) if (decided.includes(path)) used.add(path);
  return without(list, decided);
}

function refuseUnused({ rename, create, drop }: Decisions, used: Set<string>): void {
  const unused = [
    ...rename.filter((flag) => !used.has(flag)).map((flag) => `--rename ${flag}`),
    ...create.filter((path) => !used.has(path)).map((path) => `--create ${path}`),
    ...drop.filter((path) => !used.has(path)).map((path) => `--drop ${path}`),
  ];
  if (unused.length === 0) return;
  throw usageError(
    `${unused[0]} fits no change of the schema.`,
    'Leave it out to see what is to be decided; paths are schema.table or schema.table.column',
  );
}

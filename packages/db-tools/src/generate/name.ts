import { sharedTables } from './decisions.ts';
import type { Rename } from './rename.ts';
import { type NamedObject, pathOf, type Snapshot, type SnapshotTable } from './snapshot.ts';

/**
 * A name for the migration from what changes: `add_files_checksum`, `create_credits_packages`; of several changes the
 * weightiest and how many more there are. `init` for the first migration of several things.
 */
export function deriveName(previous: Snapshot, current: Snapshot, how: { renames: Rename[]; first: boolean }): string {
  const changes = [...how.renames.map(nameRename), ...listChanges(previous, current)].sort(
    (a, b) => a.weight - b.weight,
  );
  if (how.first && changes.length > 1) return 'init';
  const [first, ...others] = changes;
  if (!first) return 'alter_schema';
  const alike =
    others.length > 0 && others.length < 3 && others.every((other) => other.list && other.list === first.list);
  const name = alike
    ? [first.name, ...others.map((other) => other.item)].join('_')
    : `${first.name}${others.length > 0 ? `_and_${others.length}_more` : ''}`;
  return toFileName(name);
}

/** Lower case letters, digits and underscores; at most 60 of them, cut at an underscore. */
export function toFileName(text: string): string {
  const name = text
    // é as e: without the accent it is the same word.
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return name.length <= 60 ? name : name.slice(0, 60).replace(/_[^_]*$/, '');
}

interface Change {
  name: string;
  /** What comes first in the name: the smallest. */
  weight: number;
  /** Changes of one list are told together: `add_files_checksum_etag`. */
  list?: string;
  item?: string;
}

function nameRename({ kind, from, to }: Rename): Change {
  const parts = from.split('.');
  const old = kind === 'column' || kind === 'policy' ? parts.slice(-2).join('_') : parts.at(-1)!;
  return { name: `rename_${old}_to_${to.split('.').at(-1)}`, weight: 2 };
}

function listChanges(previous: Snapshot, current: Snapshot): Change[] {
  const tables = compare(previous.tables, current.tables);
  const changes: Change[] = [
    ...tables.added.map((table) => ({ name: `create_${label(table)}`, weight: 0 })),
    ...tables.removed.map((table) => ({ name: `drop_${label(table)}`, weight: 1 })),
    ...sharedTables(previous, current).flatMap(([before, after]) => listTableChanges(before, after)),
  ];
  // A schema or type that comes or goes with its tables is no news beside them.
  const alone = changes.length === 0;
  for (const kind of ['enums', 'views', 'sequences', 'policies', 'roles'] as const) {
    const { added, removed, altered } = compare<{ name: string }>(previous[kind], current[kind]);
    if (alone || kind !== 'enums') {
      changes.push(...added.map(({ name }) => ({ name: `create_${name}`, weight: 5 })));
      changes.push(...removed.map(({ name }) => ({ name: `drop_${name}`, weight: 6 })));
    }
    changes.push(...altered.map(({ name }) => ({ name: `alter_${name}`, weight: 7 })));
  }
  if (changes.length === 0) {
    const { added, removed } = compareKeys(previous.schemas, current.schemas);
    changes.push(...added.map((name) => ({ name: `create_${name}`, weight: 8 })));
    changes.push(...removed.map((name) => ({ name: `drop_${name}`, weight: 9 })));
  }
  return changes;
}

function listTableChanges(before: SnapshotTable, after: SnapshotTable): Change[] {
  const { added, removed, altered } = compare(before.columns, after.columns);
  const column = (verb: string, weight: number) => (item: { name: string }) => ({
    name: `${verb}_${after.name}_${item.name}`,
    weight,
    list: `${verb} ${pathOf(after)}`,
    item: item.name,
  });
  const changes: Change[] = [
    ...added.map(column('add', 3)),
    ...removed.map(column('drop', 4)),
    ...altered.map(column('alter', 5)),
  ];
  const touched = [...added, ...removed].map(({ name }) => name);
  for (const kind of [
    'indexes',
    'foreignKeys',
    'compositePrimaryKeys',
    'uniqueConstraints',
    'checkConstraints',
    'policies',
  ] as const) {
    const difference = compare<{ name: string }>(before[kind], after[kind]);
    // What a new column brings along is part of adding it.
    const isOwn = (object: object) => !touched.some((name) => JSON.stringify(object).includes(`"${name}`));
    changes.push(...difference.added.filter(isOwn).map(({ name }) => ({ name: `add_${name}`, weight: 6 })));
    changes.push(...difference.removed.filter(isOwn).map(({ name }) => ({ name: `drop_${name}`, weight: 7 })));
    changes.push(...difference.altered.map(({ name }) => ({ name: `alter_${name}`, weight: 8 })));
  }
  return changes;
}

function compare<T extends object>(before: Record<string, T>, after: Record<string, T>) {
  const { added, removed } = compareKeys(before, after);
  const altered = Object.keys(after).filter(
    (key) => key in before && JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
  return {
    added: added.map((key) => after[key]!),
    removed: removed.map((key) => before[key]!),
    altered: altered.map((key) => after[key]!),
  };
}

function compareKeys(before: object, after: object) {
  return {
    added: Object.keys(after).filter((key) => !(key in before)),
    removed: Object.keys(before).filter((key) => !(key in after)),
  };
}

/** `credits_packages`, but `files` for files.files and `users` for public.users. */
function label({ schema, name }: NamedObject): string {
  return !schema || schema === 'public' || schema === name ? name : `${schema}_${name}`;
}

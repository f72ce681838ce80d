import { differenceToDefault } from './acl.ts';
import { type Draft, definition } from './draft.ts';
import type { CatalogOptions } from './read-catalog.ts';
import type { CatalogObject, Kind } from './types.ts';

/** A row of pg_depend: `from` needs `to`. */
export interface Dependency {
  from: string;
  fromColumn: number;
  to: string;
  toColumn: number;
  type: string;
}

export interface Comment {
  address: string;
  column: number;
  description: string;
}

export interface Parts extends CatalogOptions {
  drafts: Draft[];
  dependencies: Dependency[];
  comments: Comment[];
}

/**
 * Puts together what the readers found: members of extensions and the migration tables go, addresses become ids. Pure.
 */
export function assemble(parts: Parts): CatalogObject[] {
  const members = new Map(parts.dependencies.filter(({ type }) => type === 'e').map(({ from, to }) => [from, to]));
  const internal = new Set(parts.dependencies.filter(({ type }) => type === 'i').map(({ from }) => from));
  const drafts = dropChildrenOfNobody(
    parts.drafts.filter(
      (draft) => !isMember(draft, members) && !isBuiltIn(draft, internal) && !isOurs(draft, parts.migrationsTable),
    ),
  );
  const ids = new Map<string, string>();
  for (const draft of drafts) for (const address of draft.addresses) ids.set(address, idOf(draft));
  const find = (address: string, column = 0): string | undefined =>
    (column > 0 ? ids.get(`${address}:${column}`) : undefined) ??
    ids.get(address) ??
    ids.get(members.get(address) ?? '');

  const needs = new Map<string, Set<string>>();
  const parents = new Map(drafts.map((draft) => [idOf(draft), draft.parent && find(draft.parent)]));
  for (const { from, fromColumn, to, toColumn } of parts.dependencies) {
    const [id, needed] = [find(from, fromColumn), find(to, toColumn)];
    if (!id || !needed || id === needed || parents.get(needed) === id) continue;
    needs.set(id, (needs.get(id) ?? new Set()).add(needed));
  }
  const comments = new Map<string, string>();
  for (const { address, column, description } of parts.comments) {
    const id = column > 0 ? ids.get(`${address}:${column}`) : ids.get(address);
    if (id) comments.set(id, description);
  }
  const migrator = parts.drafts.find((draft) => isOurs(draft, parts.migrationsTable))?.facts?.owner;
  const objects = drafts.flatMap((draft) => {
    const object = toObject(draft, find, needs.get(idOf(draft)));
    return [
      object,
      ...attachments(draft, object, comments.get(object.id), { isCompared: parts.owners ?? false, migrator }),
    ];
  });
  return objects.filter((object) => !isEmptyMigrationSchema(object, objects, parts.migrationsTable)).sort(byId);
}

function isMember(draft: Draft, members: Map<string, string>): boolean {
  return draft.addresses.some((address) => members.has(address));
}

/** The functions and casts that come with a range. */
function isBuiltIn({ kind, addresses }: Draft, internal: Set<string>): boolean {
  return (kind === 'function' || kind === 'other') && internal.has(addresses[0]!);
}

function isOurs({ kind, name }: Draft, table: CatalogOptions['migrationsTable']): boolean {
  if (!table || kind !== 'table') return false;
  return [table.table, `${table.table}_files`, `${table.table}_steps`].some(
    (ours) => name === `${quoteIfNeeded(table.schema)}.${quoteIfNeeded(ours)}`,
  );
}

/** As quote_ident() would for names like ours; a name that is a key word would need more. */
function quoteIfNeeded(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/**
 * What belongs to something that was left out goes with it: the columns, then their defaults, the sequences of columns.
 */
function dropChildrenOfNobody(drafts: Draft[]): Draft[] {
  const known = new Set(drafts.flatMap((draft) => draft.addresses));
  const left = drafts.filter(
    ({ parent, facts }) =>
      (parent === undefined || known.has(parent)) && (facts?.ownedBy === undefined || known.has(facts.ownedBy)),
  );
  return left.length === drafts.length ? drafts : dropChildrenOfNobody(left);
}

function idOf({ kind, name, on }: Pick<Draft, 'kind' | 'name' | 'on'>): string {
  return [kind, on === undefined ? name : `${on}.${name}`].join(' ');
}

function toObject(
  draft: Draft,
  find: (address: string) => string | undefined,
  needs = new Set<string>(),
): CatalogObject {
  const parent = draft.parent === undefined ? undefined : find(draft.parent);
  if (draft.schema !== undefined) needs.add(`schema ${draft.schema}`);
  if (parent !== undefined) needs.add(parent);
  for (const address of draft.needs ?? []) {
    const needed = find(address);
    if (needed !== undefined) needs.add(needed);
  }
  const ownedBy = draft.facts?.ownedBy && find(draft.facts.ownedBy);
  // The dependency is that of the owning, which is an object of its own.
  if (ownedBy) needs.delete(ownedBy);
  return {
    id: idOf(draft),
    kind: draft.kind,
    name: draft.name,
    ...(draft.on === undefined ? {} : { on: draft.on }),
    ...(parent === undefined ? {} : { parent }),
    ...(draft.slot === undefined ? {} : { slot: draft.slot }),
    needs: [...needs].sort(),
    definition: definition(draft.definition),
    facts: { ...draft.facts, ...(ownedBy ? { ownedBy } : {}) },
  };
}

/** Comment, rights and owner are objects of their own: they come and go without what they are about. */
function attachments(
  draft: Draft,
  object: CatalogObject,
  comment: string | undefined,
  owners: { isCompared: boolean; migrator?: string },
): CatalogObject[] {
  const { target, owner } = object.facts;
  if (target === undefined) return [];
  const attach = (kind: Kind, fields: Record<string, unknown>): CatalogObject => ({
    id: `${kind} ${target}`,
    kind,
    name: '',
    on: target,
    parent: object.id,
    needs: [object.id],
    definition: definition(fields),
    facts: owner === undefined ? {} : { owner },
  });
  const rights = draft.acl && differenceToDefault(draft.acl);
  return [
    ...(comment === undefined ? [] : [attach('comment', { text: comment })]),
    ...(rights ? [attach('grants', rights)] : []),
    ...(owners.isCompared && owner !== undefined
      ? [attach('owner', { owner: owner === owners.migrator ? 'CURRENT_USER' : owner })]
      : []),
  ];
}

/** The schema of the migration table, when it has nothing else in it: the runner made it. */
function isEmptyMigrationSchema(
  { id }: CatalogObject,
  objects: CatalogObject[],
  table: CatalogOptions['migrationsTable'],
): boolean {
  if (!table || table.schema === 'public') return false;
  const schema = `schema ${quoteIfNeeded(table.schema)}`;
  const about = [
    schema,
    ...['comment', 'grants', 'owner'].map((kind) => `${kind} SCHEMA ${quoteIfNeeded(table.schema)}`),
  ];
  return (
    about.includes(id) && !objects.some(({ id: other, needs }) => needs.includes(schema) && !about.includes(other))
  );
}

function byId(a: CatalogObject, b: CatalogObject): number {
  return a.id < b.id ? -1 : 1;
}

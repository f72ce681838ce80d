import type { CatalogObject, Kind } from '../catalog/index.ts';
import { type Alteration, isEqual } from './kind-sql.ts';
import { kinds } from './kinds/index.ts';
import type { Index } from './lookup.ts';

/** What has to happen to get from one catalog to another; an object that is replaced is in both lists. */
export interface Decisions {
  dropped: Set<string>;
  created: Set<string>;
  altered: Map<string, Alteration>;
  /** What a person has to do, in words. */
  notes: string[];
}

/**
 * Decides for each object whether it is dropped, created, altered or replaced, and which others that takes along. Pure.
 */
export function decide(from: Index, to: Index): Decisions {
  const removed = [...from.objects.keys()].filter((id) => !to.objects.has(id));
  const added = [...to.objects.keys()].filter((id) => !from.objects.has(id));
  const decisions: Decisions = { dropped: new Set(removed), created: new Set(added), altered: new Map(), notes: [] };
  const replacing: string[] = [];
  for (const [id, before] of from.objects) {
    const after = to.objects.get(id);
    if (!after) continue;
    if (before.parent !== after.parent) replacing.push(id);
    if (isEqual(before.definition, after.definition)) continue;
    const alteration = kinds[before.kind].alter?.(before, after, { from, to });
    if (alteration) decisions.altered.set(id, alteration);
    else replacing.push(id);
  }
  for (const id of replacing) replace(id, from, to, decisions);
  for (const id of removed) takeAlong(dependentsToReplace(id, from, to), from, to, decisions);
  for (const [id, { disturbs }] of decisions.altered) {
    if (disturbs) takeAlong(disturbed(id, from, to), from, to, decisions);
  }
  for (const id of decisions.dropped) decisions.altered.delete(id);
  return decisions;
}

/** Drops and creates an object with everything that stands on it, or says why that cannot be. */
function replace(id: string, from: Index, to: Index, decisions: Decisions): void {
  const all = new Set<string>();
  const obstacle = collect(id, from, to, all);
  if (obstacle !== undefined) {
    decisions.notes.push(noteOn(from.objects.get(id)!, to.objects.get(id)!, obstacle));
    return;
  }
  takeAlong([...all], from, to, decisions);
}

/** Gathers what is replaced along with an object; returns the id of one that would lose data. */
function collect(id: string, from: Index, to: Index, all: Set<string>): string | undefined {
  if (all.has(id)) return undefined;
  const [before, after] = [from.objects.get(id)!, to.objects.get(id)];
  if (after && !isReplaceable(before, after)) return id;
  all.add(id);
  for (const dependent of from.dependents(id)) {
    const obstacle = collect(dependent, from, to, all);
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}

function isReplaceable(before: CatalogObject, after: CatalogObject): boolean {
  return kinds[before.kind].isReplaceable?.(before, after) ?? true;
}

function takeAlong(ids: string[], from: Index, to: Index, decisions: Decisions): void {
  for (const id of ids) {
    if (from.objects.has(id)) decisions.dropped.add(id);
    if (to.objects.has(id)) decisions.created.add(id);
  }
}

/** What depends on an object that is dropped and is itself to stay: it has to be dropped meanwhile, and made again. */
function dependentsToReplace(removed: string, from: Index, to: Index): string[] {
  const all = new Set<string>();
  for (const id of from.dependents(removed)) {
    const [before, after] = [from.objects.get(id)!, to.objects.get(id)];
    if (after && CHEAP.has(before.kind)) collect(id, from, to, all);
  }
  return [...all];
}

const CHEAP = new Set<Kind>([
  'view',
  'materialized view',
  'rule',
  'trigger',
  'policy',
  'constraint',
  'index',
  'statistics',
  'default',
  'event trigger',
]);

/** What keeps a column that it uses from changing its type, or would keep a meaning that the new type has not. */
function disturbed(column: string, from: Index, to: Index): string[] {
  const all = new Set<string>();
  for (const id of from.dependents(column)) {
    const { kind, definition } = from.objects.get(id)!;
    const isForeignKey = kind === 'constraint' && String(definition.definition).startsWith('FOREIGN KEY');
    const isCheck = kind === 'constraint' && String(definition.definition).startsWith('CHECK');
    const isGenerated = kind === 'column' && definition.generated !== undefined;
    if (DISTURBED.has(kind) || isForeignKey || isCheck || isGenerated) collect(id, from, to, all);
  }
  return [...all];
}

const DISTURBED = new Set<Kind>([
  'view',
  'materialized view',
  'rule',
  'trigger',
  'policy',
  'function',
  'default',
  'publication',
  'statistics',
]);

function noteOn(before: CatalogObject, after: CatalogObject, obstacle: string): string {
  const what = obstacle === before.id ? '' : ` while ${obstacle} uses it`;
  return `-- ${before.id} cannot be changed in place${what}; it is ${JSON.stringify(before.definition)} and should be ${JSON.stringify(after.definition)}`;
}

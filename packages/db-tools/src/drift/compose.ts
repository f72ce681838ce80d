import { type Catalog, type CatalogObject, KINDS } from '../catalog/index.ts';
import { type Decisions, decide } from './decide.ts';
import { kinds } from './kinds/index.ts';
import { type Index, indexCatalog } from './lookup.ts';
import { inOrder, type Step } from './order.ts';

/**
 * The statements that make a database like `from` into one like `to`, in an order in which they work, without
 * semicolons. Lines that begin with `--` say what no statement can do without losing data. Pure.
 */
export function composeSql(from: Pick<Catalog, 'objects'>, to: Pick<Catalog, 'objects'>): string[] {
  const [before, after] = [indexCatalog(from), indexCatalog(to)];
  const decisions = decide(before, after);
  const statements = inOrder(toSteps(before, after, decisions)).flatMap((step) => step.statements);
  const needsNoCheck = statements.some((statement) => /^CREATE OR REPLACE/.test(statement));
  // A body may mention what is made later.
  return [...(needsNoCheck ? ['SET check_function_bodies = false'] : []), ...statements, ...decisions.notes];
}

/**
 * The graph: nothing is dropped before what stands on it, nothing made before what it stands on, nothing altered under
 * something that is replaced; and a name is free before somebody else gets it.
 */
function toSteps(from: Index, to: Index, { dropped, created, altered }: Decisions): Step[] {
  const drops = new Map<string, Step>();
  const creates = new Map<string, Step>();
  const alters = new Map<string, Step>();
  for (const id of dropped) addDrop(from.objects.get(id)!, from, dropped, drops);
  for (const id of created) addCreate(to.objects.get(id)!, to, created, creates);
  for (const [id, { statements }] of altered) {
    alters.set(id, newStep(statements, KINDS.length + rank(to.objects.get(id)!), id));
  }
  const wait = (step: Step | undefined, other: Step | undefined) => {
    if (step && other && step !== other) step.after.add(other);
  };

  for (const [id, { needs }] of from.objects) {
    for (const needed of needs) {
      wait(drops.get(needed), drops.get(id) ?? alters.get(id));
      wait(alters.get(needed), drops.get(id));
    }
  }
  for (const [id, { needs }] of to.objects) {
    for (const needed of needs) {
      for (const step of [creates.get(id), alters.get(id)]) {
        wait(step, creates.get(needed));
        wait(step, alters.get(needed));
      }
    }
  }
  const holders = new Map([...dropped, ...altered.keys()].map((id) => [from.objects.get(id)!.slot, id]));
  for (const id of created) {
    const holder = holders.get(to.objects.get(id)!.slot ?? 'none');
    wait(creates.get(id), drops.get(id));
    if (holder !== undefined) wait(creates.get(id), drops.get(holder) ?? alters.get(holder));
  }
  return [...new Set([...drops.values(), ...creates.values(), ...alters.values()])];
}

/** What vanishes with its parent, or with the column that owns it, takes no statement of its own. */
function addDrop(object: CatalogObject, from: Index, dropped: Set<string>, steps: Map<string, Step>): Step {
  const known = steps.get(object.id);
  if (known) return known;
  const holder = [object.parent, object.kind === 'sequence' ? object.facts.ownedBy : undefined].find(
    (id) => id !== undefined && dropped.has(id),
  );
  const step =
    holder !== undefined && !mustGoFirst(object, from, dropped)
      ? addDrop(from.objects.get(holder)!, from, dropped, steps)
      : newStep(kinds[object.kind].drop(object, from), KINDS.length - rank(object), object.id);
  steps.set(object.id, step);
  return step;
}

/** Two tables that point to each other could not be dropped one after the other. */
function mustGoFirst({ kind, parent, needs }: CatalogObject, from: Index, dropped: Set<string>): boolean {
  return (
    kind === 'constraint' &&
    needs.some(
      (id) => dropped.has(id) && from.objects.get(id)?.kind === 'column' && from.objects.get(id)?.parent !== parent,
    )
  );
}

/** Columns are made with their table, and defaults with their column. */
function addCreate(object: CatalogObject, to: Index, created: Set<string>, steps: Map<string, Step>): Step {
  const known = steps.get(object.id);
  if (known) return known;
  const parent = to.objects.get(object.parent ?? '');
  const isPart =
    object.kind === 'column' || (object.kind === 'default' && parent?.kind === 'column' && !parent.facts.inherited);
  const step =
    isPart && parent && created.has(parent.id)
      ? addCreate(parent, to, created, steps)
      : newStep(kinds[object.kind].create(object, to), KINDS.length + rank(object), object.id);
  steps.set(object.id, step);
  return step;
}

function newStep(statements: string[], priority: number, id: string): Step {
  return { statements, priority: [priority, id], after: new Set() };
}

function rank({ kind }: CatalogObject): number {
  return KINDS.indexOf(kind);
}

import type { Catalog, CatalogObject, Json, Kind } from '../catalog/index.ts';
import { isEqual } from './kind-sql.ts';
import { indexCatalog } from './lookup.ts';

/** One thing that is not as the migrations make it. */
export interface Difference {
  /** `missing` in the target, `extra` there, or `different`. */
  change: 'missing' | 'extra' | 'different';
  kind: Kind;
  /** `public.users`, `public.users.email`; for comments and grants what they are on. */
  name: string;
  /** Of a different one: what each side has. */
  properties?: Record<string, { migrations: Json; target: Json }>;
}

/**
 * What distinguishes a database from what its migrations make, the outermost things only: a missing table says all
 * about its columns. The order of columns is none: no SQL reads it that names its columns, none can change it, and two
 * databases come by it honestly, such as one that was restored. Pure.
 */
export function compareCatalogs(migrations: Catalog, target: Catalog): Difference[] {
  const [wanted, found] = [indexCatalog(migrations), indexCatalog(target)];
  const differences: Difference[] = [];
  const add = (change: Difference['change'], object: CatalogObject, rest: Partial<Difference> = {}) =>
    void differences.push({ change, kind: object.kind, name: nameOf(object), ...rest });
  // Those of a view are in its query.
  const compared = ({ objects }: Catalog) => objects.filter(({ kind }) => kind !== 'view column');
  for (const object of compared(migrations)) {
    const other = found.get(object.id);
    if (!other) {
      if (object.parent === undefined || found.get(object.parent)) add('missing', object);
    } else if (!isEqual(object.definition, other.definition)) {
      add('different', object, { properties: properties(object, other) });
    }
  }
  for (const object of compared(target)) {
    if (!wanted.get(object.id) && (object.parent === undefined || wanted.get(object.parent))) add('extra', object);
  }
  return differences;
}

/** Remarks on what is no difference: columns in another order. */
export function columnOrderNotes(migrations: Catalog, target: Catalog): string[] {
  const [wanted, found] = [migrations, target].map(columnsByTable);
  return [...wanted!].flatMap(([table, names]) => {
    const others = found!.get(table);
    const isOther = others && others.join() !== names.join() && isEqual([...others].sort(), [...names].sort());
    return isOther
      ? [`The columns of ${table} are in another order: ${others.join(', ')} instead of ${names.join(', ')}.`]
      : [];
  });
}

function columnsByTable({ objects }: Catalog): Map<string, string[]> {
  const columns = objects.filter(({ kind }) => kind === 'column').sort((a, b) => a.facts.position! - b.facts.position!);
  return new Map(
    [...Map.groupBy(columns, ({ on }) => on!)].map(([table, list]) => [table, list.map(({ name }) => name)]),
  );
}

function nameOf({ name, on }: CatalogObject): string {
  return [on, name].filter(Boolean).join('.');
}

function properties(wanted: CatalogObject, found: CatalogObject): Difference['properties'] {
  const keys = [...new Set([...Object.keys(wanted.definition), ...Object.keys(found.definition)])];
  const differing = keys.filter((key) => !isEqual(wanted.definition[key], found.definition[key]));
  return Object.fromEntries(
    differing.map((key) => [
      key,
      { migrations: wanted.definition[key] ?? null, target: found.definition[key] ?? null },
    ]),
  );
}

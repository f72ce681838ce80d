import type { Catalog, CatalogObject } from '../catalog/index.ts';
import type { Lookup } from './kind-sql.ts';

export interface Index extends Lookup {
  objects: ReadonlyMap<string, CatalogObject>;
  /** Ids of what needs this one, its children among them. */
  dependents(id: string): string[];
}

export function indexCatalog({ objects }: Pick<Catalog, 'objects'>): Index {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const children = Map.groupBy(objects, ({ parent }) => parent);
  const dependents = new Map<string, string[]>();
  for (const { id, needs } of objects) {
    for (const needed of needs) dependents.set(needed, [...(dependents.get(needed) ?? []), id]);
  }
  return {
    objects: byId,
    get: (id) => byId.get(id),
    children: (id) => children.get(id) ?? [],
    dependents: (id) => dependents.get(id) ?? [],
  };
}

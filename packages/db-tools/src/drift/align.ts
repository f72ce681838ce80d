import type { Catalog, CatalogObject } from '../catalog/index.ts';

/**
 * The two catalogs as they compare when their objects belong to different roles: what one grants to the role that owns
 * the thing in the other is no right that the other lacks. Pure.
 */
export function alignOwners(a: Catalog, b: Catalog): [Catalog, Catalog] {
  return [withoutGrantsTo(a, ownersOf(b)), withoutGrantsTo(b, ownersOf(a))];
}

function ownersOf({ objects }: Catalog): Map<string, string> {
  return new Map(
    objects.flatMap(({ kind, facts }) =>
      kind !== 'grants' && facts.target && facts.owner ? [[facts.target, facts.owner]] : [],
    ),
  );
}

function withoutGrantsTo(catalog: Catalog, owners: Map<string, string>): Catalog {
  const objects = catalog.objects.flatMap((object): CatalogObject[] => {
    const owner = object.kind === 'grants' ? owners.get(object.on!) : undefined;
    if (owner === undefined || owner === object.facts.owner) return [object];
    const { granted, revoked } = object.definition as { granted: string[][]; revoked: string[][] };
    const kept = granted.filter(([grantee]) => grantee !== owner);
    return kept.length + revoked.length === 0 ? [] : [{ ...object, definition: { granted: kept, revoked } }];
  });
  return { ...catalog, objects };
}

import type { Catalog, CatalogObject } from '../catalog/index.ts';

/**
 * The catalog without tables, as SQL writes their names, and all that belongs to them, the sequence of a serial column
 * included.
 */
export function ignoreTables(catalog: Catalog, tables: string[]): Catalog {
  const gone = new Set<string>();
  const belongs = ({ kind, name, on = '', parent }: CatalogObject) =>
    (parent !== undefined && gone.has(parent)) ||
    tables.some(
      (table) =>
        (kind === 'table' && name === table) ||
        (kind === 'sequence' && name.startsWith(`${table}_`) && name.endsWith('_seq')) ||
        on === table ||
        on.endsWith(` ${table}`),
    );
  for (let before = -1; before < gone.size; ) {
    before = gone.size;
    for (const object of catalog.objects) if (belongs(object)) gone.add(object.id);
  }
  return { ...catalog, objects: catalog.objects.filter(({ id }) => !gone.has(id)) };
}

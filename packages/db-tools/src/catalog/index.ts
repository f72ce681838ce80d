export { type CatalogOptions, readCatalog } from './read-catalog.ts';
export { type Catalog, type CatalogObject, type Json, KINDS, type Kind } from './types.ts';

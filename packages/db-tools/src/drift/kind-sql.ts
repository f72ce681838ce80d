import type { CatalogObject, Json } from '../catalog/index.ts';

/** Finds an object of the database that is being made by its id, and what belongs to it. */
export interface Lookup {
  get(id: string): CatalogObject | undefined;
  children(id: string): CatalogObject[];
}

/** How to get from one definition to another in place. */
export interface Alteration {
  statements: string[];
  /** Views, policies, triggers and the like that stand on it have to make room meanwhile. */
  disturbs?: boolean;
}

/**
 * The SQL of one kind of object, without semicolons. What cannot be said in SQL is a comment: one line that begins with
 * `--`. One without `alter`, or whose `alter` returns undefined, is dropped and created anew if that loses no data.
 */
export interface KindSql<Definition = { [key: string]: Json }> {
  create(object: CatalogObject<Definition>, to: Lookup): string[];
  drop(object: CatalogObject<Definition>, from: Lookup): string[];
  alter?(
    before: CatalogObject<Definition>,
    after: CatalogObject<Definition>,
    lookups: { from: Lookup; to: Lookup },
  ): Alteration | undefined;
  /** Whether it can be dropped and created anew without losing data; it can unless this says no. */
  isReplaceable?(before: CatalogObject<Definition>, after: CatalogObject<Definition>): boolean;
}

/** Whether two values are equal as JSON; the keys of ours are always in one order. */
export function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

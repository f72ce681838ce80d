/** Two schemas written for the corpus. Each side is run after `base`, on an empty database. */
export interface Pair {
  name: string;
  base?: string;
  a: string;
  b: string;
  /** What differs, exactly: `kind name`. None: the two are equal. */
  differs: string[];
  /** The way, or ways, for which the SQL contains a remark in place of a statement. */
  manual?: ('a to b' | 'b to a')[];
  /** Needs a server of this major version or a newer one. */
  since?: number;
}

/** Two schemas that are the same in other words. */
export function same(name: string, a: string, b: string, rest: Partial<Pair> = {}): Pair {
  return { name, a, b, differs: [], ...rest };
}

/** Two schemas that differ in what is named. */
export function different(name: string, sides: Pick<Pair, 'a' | 'b'> & Partial<Pair>, ...differs: string[]): Pair {
  return { name, ...sides, differs };
}

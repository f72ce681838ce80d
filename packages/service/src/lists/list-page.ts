import { z } from 'zod';
import { type CursorScope, decodeCursor, encodeCursor, type Position } from './cursor.ts';
import type { ListQuery } from './list-query.ts';

/** Counting more would make a cheap list as dear as its table is long. */
const COUNT_LIMIT = 10_000;

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
  /** With `?count=true`. */
  total?: number;
  totalIsExact?: boolean;
}

/** The schema of a page of `item`, to document and to serialise it. */
export function pageOf<Item extends z.ZodType>(item: Item, id: string) {
  return z
    .object({
      items: z.array(item),
      nextCursor: z.string().nullable(),
      total: z
        .int()
        .optional()
        .meta({ description: `With ?count=true; counted up to ${COUNT_LIMIT}` }),
      totalIsExact: z.boolean().optional(),
    })
    .meta({ id });
}

interface List<Row extends Position, Item> {
  scope: CursorScope;
  /** At most `limit` rows after the position, ordered by (createdAt, id), both descending. */
  rows(limit: number, position: Position | undefined): Promise<Row[]>;
  /** How many rows there are without limit and cursor, counted no further than `limit`. */
  count(limit: number): Promise<number>;
  toItem(row: Row): Item;
}

/** One page of a list, and the cursor of the next. Throws a DomainError `invalid_cursor`. */
export async function listPage<Row extends Position, Item>(
  query: ListQuery,
  list: List<Row, Item>,
): Promise<Page<Item>> {
  const position = query.cursor === undefined ? undefined : decodeCursor(query.cursor, list.scope);
  // One row more than asked for tells whether there is a next page.
  const [rows, counted] = await Promise.all([
    list.rows(query.limit + 1, position),
    query.count ? list.count(COUNT_LIMIT + 1) : undefined,
  ]);
  const shown = rows.slice(0, query.limit);
  const last = rows.length > query.limit ? shown.at(-1) : undefined;
  return {
    items: shown.map((row) => list.toItem(row)),
    nextCursor: last ? encodeCursor(last, list.scope) : null,
    ...(counted !== undefined && { total: Math.min(counted, COUNT_LIMIT), totalIsExact: counted <= COUNT_LIMIT }),
  };
}

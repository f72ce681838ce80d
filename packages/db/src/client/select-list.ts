import { Column, type SQL, sql } from 'drizzle-orm';
import { PgDialect, type SelectedFieldsOrdered } from 'drizzle-orm/pg-core';

type BuildSelection = (fields: SelectedFieldsOrdered, options?: { isSingleTable?: boolean }) => SQL;

/** A node of a tree in which each list of columns is a path; lists that begin alike share their first nodes. */
interface Step {
  next: WeakMap<Column, Step>;
  list?: SQL;
}

/**
 * A dialect that writes each list of columns of one table once. Drizzle 0.45.4 asks for the kind of everything in a
 * query again and again, by walking up prototypes: half of the time it takes to build a select goes there. Saves a
 * sixth of what an ad-hoc query costs. Can go with drizzle 1.0, which is quick at this.
 */
export function createDialect(): PgDialect {
  const dialect = new PgDialect();
  const internals = dialect as unknown as { buildSelection: BuildSelection };
  const build = internals.buildSelection.bind(dialect);
  const root: Step = { next: new WeakMap() };
  internals.buildSelection = (fields, options) => {
    const step = options?.isSingleTable ? walk(root, fields) : undefined;
    if (!step) return build(fields, options);
    step.list ??= sql.raw(dialect.sqlToQuery(build(fields, options)).sql);
    return step.list;
  };
  return dialect;
}

/** The last step along these columns; undefined when an expression is among them. */
function walk(root: Step, fields: SelectedFieldsOrdered): Step | undefined {
  let step = root;
  for (const { field } of fields) {
    if (!(field instanceof Column)) return undefined;
    let next = step.next.get(field);
    if (!next) {
      next = { next: new WeakMap() };
      step.next.set(field, next);
    }
    step = next;
  }
  return step;
}

import { sql } from 'drizzle-orm';
import { customType, integer, timestamp, uuid } from 'drizzle-orm/pg-core';

/** The primary key of every table but a junction: made by the database, ordered roughly by time, safe to show. */
export const id = {
  id: uuid('id').primaryKey().default(sql`uuidv7()`),
};

/**
 * When a row was made and last changed. The database's clock tells both; every update through drizzle sets
 * `updated_at`.
 */
export const timestamps = {
  createdAt: timestamptz('created_at').notNull().defaultNow(),
  updatedAt: timestamptz('updated_at')
    .notNull()
    .defaultNow()
    .$onUpdate(() => sql`now()`),
};

/**
 * Null while the row lives. Rows that were deleted by one act carry one and the same time, which is how it is undone.
 */
export const softDelete = {
  deletedAt: timestamptz('deleted_at'),
};

/** Optimistic lock, and the ETag of a row: a write says `where version = ?` and `set version = version + 1`. */
export const version = {
  version: integer('version').notNull().default(1),
};

/**
 * A moment in time, as a `Date`.
 *
 * Milliseconds, not PostgreSQL's microseconds: a Date that was read compares equal to the row it came from, which
 * cursors rely on.
 */
export function timestamptz<Name extends string>(name: Name) {
  return timestamp(name, { withTimezone: true, precision: 3 });
}

export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array | string }>({
  dataType: () => 'bytea',
  // Text when it comes within JSON, as the rows of a relation do.
  fromDriver: (value) => (typeof value === 'string' ? Buffer.from(value.slice(2), 'hex') : value),
});

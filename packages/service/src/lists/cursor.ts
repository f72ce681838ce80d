import { hash } from 'node:crypto';
import { type PgColumn, type SQL, sql, type Value } from '@org/db';
import { DomainError } from '../errors/domain-error.ts';

/** Where a page ended: its last row. */
export interface Position {
  createdAt: Date;
  id: string;
}

/** What a cursor belongs to: the list, its owner and every filter. Equal for the same list with the same filters. */
export type CursorScope = Readonly<Record<string, string | number | boolean | null | undefined>>;

const TIME_BYTES = 8;
const ID_BYTES = 16;
const CHECK_BYTES = 8;

/**
 * The position as an opaque text for a client. Its last bytes are a checksum over position and scope, so that a cursor
 * that was altered, cut, or made for another list is told from a good one. It is no secret and grants nothing: what a
 * page may contain is decided by the query.
 */
export function encodeCursor(position: Position, scope: CursorScope): string {
  const body = Buffer.alloc(TIME_BYTES + ID_BYTES);
  body.writeBigInt64BE(BigInt(position.createdAt.getTime()));
  body.write(position.id.replaceAll('-', ''), TIME_BYTES, 'hex');
  return Buffer.concat([body, checksum(body, scope)]).toString('base64url');
}

/** The position of a cursor that encodeCursor made with an equal scope. Throws `invalid_cursor` for any other. */
export function decodeCursor(cursor: string, scope: CursorScope): Position {
  const bytes = Buffer.from(cursor, 'base64url');
  const body = bytes.subarray(0, TIME_BYTES + ID_BYTES);
  const isWhole = bytes.length === TIME_BYTES + ID_BYTES + CHECK_BYTES && bytes.toString('base64url') === cursor;
  if (!isWhole || !checksum(body, scope).equals(bytes.subarray(TIME_BYTES + ID_BYTES))) throw invalidCursor();
  const time = Number(body.readBigInt64BE());
  if (time < FIRST_TIME || time > LAST_TIME) throw invalidCursor();
  const id = body.toString('hex', TIME_BYTES).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return { createdAt: new Date(time), id };
}

// The checksum has no key, so whoever wants to can make one for any time; both Date and timestamptz take these years.
const FIRST_TIME = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

function invalidCursor(): DomainError {
  return new DomainError(
    'invalid_cursor',
    'This cursor is not one of this list with these filters. Start without one.',
  );
}

/**
 * `where` of the rows after a position in a list that is ordered by (createdAt, id), both descending: a comparison of
 * rows, which one index on the two columns answers. Undefined without a position, which `and(…)` leaves out.
 */
export function after(
  createdAt: PgColumn,
  id: PgColumn,
  position: { createdAt: Value<Date>; id: Value<string> } | undefined,
): SQL | undefined {
  if (!position) return undefined;
  return sql`(${createdAt}, ${id}) < (${position.createdAt}::timestamptz, ${position.id}::uuid)`;
}

function checksum(body: Uint8Array, scope: CursorScope): Buffer {
  const entries = Object.entries(scope).filter(([, value]) => value !== undefined && value !== null);
  const filters = JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  return hash('sha256', Buffer.concat([body, Buffer.from(filters)]), 'buffer').subarray(0, CHECK_BYTES);
}

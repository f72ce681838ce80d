import type { Sql } from 'postgres';

const JSON_TYPES = [114, 3802];
const DATE = 1082;
const TIMESTAMP = 1114;
const TIMESTAMPTZ = 1184;
/** Arrays of timestamps, dates and numerics. */
const ARRAYS = [1115, 1182, 1185, 1231];

/**
 * Makes raw queries on the client under drizzle right again, in both directions.
 *
 * `drizzle(client)` (0.45.4) makes the client pass dates and JSON through as they are: a Date given to a raw query then fails, and a
 * timestamp that is read is text. Drizzle's columns take values either way, so: a Date or an object may be a parameter, a moment
 * (timestamptz) is read as a Date. A date and a timestamp without zone stay text, since they are no moments.
 */
export function keepRawValues(client: Sql): void {
  const parsers = client.options.parsers as Record<number, (text: string) => unknown>;
  const serializers = client.options.serializers as Record<number, (value: unknown) => unknown>;
  for (const type of [DATE, TIMESTAMP, TIMESTAMPTZ]) {
    serializers[type] = (value) => (value instanceof Date ? value.toISOString() : value);
  }
  parsers[TIMESTAMPTZ] = (text) => new Date(text);
  for (const type of JSON_TYPES) {
    // Drizzle's columns give JSON text.
    serializers[type] = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
  }
  for (const type of ARRAYS) {
    // Gone, so that postgres.js puts its own in when it connects, made of the ones above.
    delete parsers[type];
    delete serializers[type];
  }
}

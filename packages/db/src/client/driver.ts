import postgres from 'postgres';

/** Rows, and what postgres.js tells beside them. */
export interface Rows extends Array<unknown> {
  columns?: { name: string; type: number }[];
  command: string;
  count: number;
}

/** postgres.js calls it with the query when that is to be sent. */
export type Send = (query: DriverQuery) => void;

export interface DriverQuery extends Promise<Rows> {
  /** The process that runs it and the key to cancel it, once it was sent. */
  state: { pid: number; secret: number } | null;
  handler: Send;
  values(): this;
}

type DriverQueryClass = new (
  strings: [text: string],
  parameters: readonly unknown[],
  send: Send,
  cancel: undefined,
  options: { prepare: boolean; simple: boolean },
) => DriverQuery;

/** What postgres.js gives out only through a client; this one never connects. */
const model = postgres({ max: 0, user: 'nobody', no_subscribe: true } as object);
const DriverQuery = model.unsafe('').constructor as unknown as DriverQueryClass;

/** A parameter that is sent as this text, and as this type whatever the server would infer. */
export const typed = model.typed as unknown as (text: string, type: number) => object;
const TypedText = typed('', 0).constructor;

export const isTyped = (value: unknown): value is object => value instanceof TypedText;

/**
 * A query in one round trip.
 *
 * postgres.js 3.4.9 sends a statement that has parameters and is not prepared yet in two: it asks for the types of the
 * parameters, waits, then binds them. Ours are text by then (values.ts), so there is nothing to ask for. With `prepare:
 * false`, which drizzle-orm 0.45.4 gives it for every ad-hoc query, that was each time.
 * https://github.com/drizzle-team/drizzle-orm/issues/6096. Can go when postgres.js binds without asking.
 */
export class OneFlightQuery extends DriverQuery {
  get describeFirst(): boolean {
    return false;
  }

  set describeFirst(_asked: boolean) {}
}

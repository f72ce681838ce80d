/** One way to query the tables of `tables.ts`, with what somebody would write who uses it. */
export interface BenchClient {
  /** One row by primary key. */
  point(id: number): Promise<unknown>;
  /** Twenty rows before an id. */
  list(before: number): Promise<unknown>;
  /** Three tables joined and grouped, for one customer. */
  aggregate(customerId: number): Promise<unknown>;
  /** One row, its id returned. */
  insert(customerId: number): Promise<unknown>;
  close(): Promise<unknown>;
}

export type OpenClient = (url: string) => Promise<BenchClient>;

export const OPERATIONS = ['point', 'list', 'aggregate', 'insert'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Connections that each client may use. */
export const POOL = 10;

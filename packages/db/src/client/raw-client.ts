import type { Client, Runner } from './client.ts';
import type { Rows } from './driver.ts';
import { readObjects } from './drizzle.ts';
import type { PoolStats } from './pool.ts';
import { toJson } from './values.ts';

type Row = Record<string, unknown>;

/** For SQL without drizzle: await sql`select ${value}`; what is filled in is always a parameter. */
export interface RawSql {
  <T = Row>(strings: TemplateStringsArray, ...values: unknown[]): Promise<T[]>;
  unsafe<T = Row>(text: string, values?: readonly unknown[]): Promise<T[]>;
  /** A value as JSON, where it would be taken for an array or a text. */
  json(value: unknown): unknown;
  array(values: readonly unknown[]): unknown;
}

export interface RawClient extends RawSql {
  begin<Result>(work: (sql: RawSql) => Promise<Result>): Promise<Result>;
  /** Gives what runs `timeout` seconds (5), then closes every connection. Always returns. */
  end(options?: { timeout?: number }): Promise<void>;
  stats(): PoolStats;
}

/** The interface of postgres.js, without `reserve` and `listen`, which need a connection that is kept. */
export function createRawClient(client: Client): RawClient {
  return Object.assign(createRawSql(client), {
    begin: <Result>(work: (sql: RawSql) => Promise<Result>) =>
      client.transaction((runner) => work(createRawSql(runner))),
    end: (options?: { timeout?: number }) => client.end(options),
    stats: () => client.stats,
  });
}

function createRawSql(runner: Runner): RawSql {
  const run = async (text: string, values: readonly unknown[] = []): Promise<Rows> =>
    readObjects(await runner.query(text, values));
  const tag = (strings: TemplateStringsArray, ...values: unknown[]) =>
    run(
      strings.reduce((text, part, index) => `${text}$${index}${part}`),
      values,
    );
  return Object.assign(tag, { unsafe: run, json: toJson, array: (values: readonly unknown[]) => values }) as RawSql;
}

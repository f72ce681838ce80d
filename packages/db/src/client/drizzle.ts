import { createTableRelationsHelpers, extractTablesRelationalConfig, fillPlaceholders, type Query } from 'drizzle-orm';
import {
  PgDatabase,
  type PgDialect,
  PgPreparedQuery,
  PgSession,
  PgTransaction,
  type PgTransactionConfig,
  type PreparedQueryConfig,
  type SelectedFieldsOrdered,
} from 'drizzle-orm/pg-core';
import type { Client, Runner, TransactionRunner } from './client.ts';
import type { Rows } from './driver.ts';
import { rowMapper } from './row-mapper.ts';
import { createDialect } from './select-list.ts';
import { rawReader } from './values.ts';

type Schema = ReturnType<typeof readSchema>;
type MapRelations = (rows: unknown[][]) => unknown;

/**
 * Drizzle over our client, in the place of drizzle-orm/postgres-js 0.45.4, which
 * - never prepares an ad-hoc query (https://github.com/drizzle-team/drizzle-orm/issues/6096),
 * - puts the values of parameters into the messages of errors (#5939),
 * - makes its client read dates as text, for raw queries as well.
 * Can go when these are fixed there: `client` has then to look like one of postgres.js.
 */
export function createDatabase(client: Client, tables: Record<string, unknown>): PgDatabase<never> {
  const dialect = createDialect();
  const schema = readSchema(tables);
  return new PgDatabase(dialect, new ClientSession(client, dialect, schema) as never, schema as never);
}

function readSchema(fullSchema: Record<string, unknown>) {
  const { tables, tableNamesMap } = extractTablesRelationalConfig(fullSchema, createTableRelationsHelpers);
  return { fullSchema, schema: tables, tableNamesMap };
}

/** What drizzle runs its queries through; `ClientQuery.on` takes the runner from it. */
export class ClientSession extends PgSession {
  readonly runner: Client | TransactionRunner;
  readonly #schema: Schema;

  constructor(runner: Client | TransactionRunner, dialect: PgDialect, schema: Schema) {
    super(dialect);
    this.runner = runner;
    this.#schema = schema;
  }

  override prepareQuery<T extends PreparedQueryConfig>(
    query: Query,
    fields: SelectedFieldsOrdered | undefined,
    name: string | undefined,
    _isResponseInArrayMode: boolean,
    mapRelations?: MapRelations,
  ): PgPreparedQuery<T> {
    return new ClientQuery<T>(this.runner, query, { fields, mapRelations, name });
  }

  override transaction<Result>(
    work: (tx: PgTransaction<never>) => Promise<Result>,
    config?: PgTransactionConfig,
  ): Promise<Result> {
    const begin = (runner: TransactionRunner) => work(this.#handle(runner));
    if ('savepoint' in this.runner) return this.runner.savepoint(begin);
    return this.runner.transaction(begin, config);
  }

  #handle(runner: TransactionRunner): PgTransaction<never> {
    const session = new ClientSession(runner, this.dialect, this.#schema);
    return new ClientTransaction(this.dialect, session as never, this.#schema as never) as never;
  }
}

class ClientTransaction extends PgTransaction<never> {
  /** A savepoint. */
  override transaction<Result>(work: (tx: PgTransaction<never>) => Promise<Result>): Promise<Result> {
    return (this as unknown as { session: ClientSession }).session.transaction(work as never);
  }
}

interface ClientQueryOptions {
  fields: SelectedFieldsOrdered | undefined;
  mapRelations: MapRelations | undefined;
  /** Of a prepared query. */
  name: string | undefined;
}

export class ClientQuery<T extends PreparedQueryConfig> extends PgPreparedQuery<T> {
  /** Set by drizzle: the joined tables, and whether their rows are always there. */
  joinsNotNullableMap?: Record<string, boolean>;
  readonly #runner: Runner;
  readonly #options: ClientQueryOptions;
  #mapRows: ((rows: Rows) => unknown[]) | undefined;

  constructor(runner: Runner, query: Query, options: ClientQueryOptions) {
    super(query, undefined, undefined);
    this.#runner = runner;
    this.#options = options;
  }

  override execute(values: Record<string, unknown> = {}): Promise<T['execute']> {
    return this.executeOn(this.#runner, values);
  }

  /** Runs it on another runner than the one it was built with. */
  async executeOn(runner: Runner, values: Record<string, unknown>): Promise<T['execute']> {
    const { fields, mapRelations, name } = this.#options;
    const { sql, params } = this.query;
    const asArrays = Boolean(fields ?? mapRelations);
    const rows = await runner.query(sql, fillPlaceholders(params, values), { name, asArrays });
    if (mapRelations) return mapRelations(rows as unknown[][]);
    if (!fields) return readObjects(rows);
    this.#mapRows ??= rowMapper(fields, this.joinsNotNullableMap);
    return this.#mapRows(rows);
  }

  async all(values: Record<string, unknown> = {}): Promise<T['all']> {
    const rows = await this.#runner.query(this.query.sql, fillPlaceholders(this.query.params, values));
    return readObjects(rows);
  }
}

/** Rows as raw queries have them, with moments as Dates and JSON as values. Mutates `rows` and returns it. */
export function readObjects(rows: Rows): Rows {
  for (const { name, type } of rows.columns ?? []) {
    const read = rawReader(type);
    if (!read) continue;
    for (const row of rows as Record<string, unknown>[]) row[name] = read(row[name]);
  }
  return rows;
}

import type { KindSql } from '../kind-sql.ts';

type View = { query: string; options?: string[]; accessMethod?: string; tablespace?: string };

export const view: KindSql<View> = {
  create: ({ name, definition: { query, options } }) => [
    `CREATE VIEW ${name}${options ? ` WITH (${options.join(', ')})` : ''} AS\n${query}`,
  ],
  drop: ({ name }) => [`DROP VIEW ${name}`],
};

export const materializedView: KindSql<View> = {
  create({ name, definition: { query, options, accessMethod, tablespace } }) {
    const parts = [
      `CREATE MATERIALIZED VIEW ${name}`,
      accessMethod && `USING ${accessMethod}`,
      options && `WITH (${options.join(', ')})`,
      tablespace && `TABLESPACE ${tablespace}`,
      `AS\n${query}`,
    ];
    return [parts.filter(Boolean).join(' ')];
  },
  drop: ({ name }) => [`DROP MATERIALIZED VIEW ${name}`],
};

/** Comes and goes with its view. */
export const viewColumn: KindSql = { create: () => [], drop: () => [] };

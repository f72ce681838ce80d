import { is } from 'drizzle-orm';
import {
  type ForeignKey,
  getTableConfig,
  type Index,
  type PgColumn,
  PgDialect,
  type PgTable,
  PgTimestamp,
} from 'drizzle-orm/pg-core';

/** Tables that belong to no user. Whoever adds one says so here. */
export const BELONGS_TO_NOBODY = ['identity.users', 'identity.rate_limits', 'credits.packages', 'credits.rate_limits'];

type Table = ReturnType<typeof getTableConfig>;
type Rule = (table: Table) => string[];

/** Each rule returns what is wrong with a table, as the end of a sentence that begins with its name. */
export const RULES = {
  'table name': ({ name }) => (isSnakeCase(name) && name.endsWith('s') ? [] : ['is not a snake_case plural']),

  'own schema': ({ schema }) => (schema ? [] : ['is in no PostgreSQL schema: declare it with pgSchema(…).table']),

  'column name': ({ columns }) =>
    columns.filter(({ name }) => !isSnakeCase(name)).map(({ name }) => `${name} is not snake_case`),

  boolean: ({ columns }) =>
    columns
      .filter((column) => column.getSQLType() === 'boolean' && !/^(is|has)_/.test(column.name))
      .map(({ name }) => `${name} is a boolean and begins with neither is_ nor has_`),

  timestamp: ({ columns }) =>
    columns
      .filter((column) => column.name.endsWith('_at') || column.getSQLType().startsWith('timestamp'))
      .filter((column) => !column.name.endsWith('_at') || !isMoment(column))
      .map(({ name }) => `${name}: a moment ends with _at and is made with timestamptz() of columns.ts`),

  count: ({ columns }) =>
    columns
      .filter(({ name }) => /^(count|num|number_of|nr|total)(_|$)|_(counts|num|nr|total|counter)$/.test(name))
      .map(({ name }) => `${name} is a count and does not end with _count`),

  serial: ({ columns }) =>
    columns
      .filter((column) => column.getSQLType().includes('serial') || column.generatedIdentity)
      .map(({ name }) => `${name} is numbered by a sequence: use an id of uuidv7()`),

  id: (table) => {
    const id = table.columns.find(({ name }) => name === 'id');
    if (!id) return isJunction(table) ? [] : ['has neither an id nor a primary key made of its foreign keys'];
    const isUuidv7 = id.getSQLType() === 'uuid' && id.primary && sqlText(id.default) === 'uuidv7()';
    return isUuidv7 ? [] : ['id is not a uuid primary key with the default uuidv7()'];
  },

  timestamps: ({ columns }) =>
    ['created_at', 'updated_at'].flatMap((wanted) => {
      const column = columns.find(({ name }) => name === wanted);
      if (!column?.notNull || sqlText(column.default) !== 'now()') return [`has no ${wanted} NOT NULL DEFAULT now()`];
      return wanted === 'updated_at' && !column.onUpdateFn ? ['updated_at is not kept: spread timestamps'] : [];
    }),

  owner: (table) => {
    if (BELONGS_TO_NOBODY.includes(fullName(table))) return [];
    const userId = table.columns.find(({ name }) => name === 'user_id');
    if (!userId?.notNull) return ['has no user_id NOT NULL; if it belongs to no user, add it to BELONGS_TO_NOBODY'];
    const isKept = table.foreignKeys.some(
      (key) =>
        columnNames(key).join() === 'user_id' && foreignName(key) === 'identity.users' && key.onDelete === 'cascade',
    );
    return isKept ? [] : ['user_id does not reference identity.users ON DELETE CASCADE: spread owner()'];
  },

  'foreign key': (table) =>
    table.foreignKeys.flatMap((key) => {
      const column = columnNames(key).at(-1)!;
      const entity = singular(getTableConfig(key.reference().foreignTable).name);
      const problems: string[] = [];
      if (!/_(id|by|of)$/.test(column)) problems.push(`${column} is a foreign key and ends with none of _id, _by, _of`);
      const isOfAnother = foreignName(key) !== fullName(table);
      if (column.endsWith('_id') && isOfAnother && column !== `${entity}_id`) {
        problems.push(`${column} references ${foreignName(key)} and is not called ${entity}_id`);
      }
      return problems;
    }),

  domain: (table) =>
    table.foreignKeys
      .filter((key) => getTableConfig(key.reference().foreignTable).schema !== table.schema)
      .filter((key) => foreignName(key) !== 'identity.users' || foreignColumnNames(key).join() !== 'id')
      .map((key) => `${columnNames(key)} references ${foreignName(key)}: across domains only identity.users(id)`),

  "owner's parent": (table) =>
    table.foreignKeys
      .filter((key) => foreignName(key) !== 'identity.users')
      .filter((key) => getTableConfig(key.reference().foreignTable).columns.some(({ name }) => name === 'user_id'))
      .filter((key) => !columnNames(key).includes('user_id'))
      .map((key) => `${columnNames(key)}: reference (user_id, id) of ${foreignName(key)}, or it may be someone else's`),

  'foreign key index': (table) =>
    table.foreignKeys
      .filter((key) => !leadsAnIndex(columnNames(key), table))
      .map((key) => `no index begins with the foreign key (${columnNames(key).join(', ')})`),

  'index name': (table) =>
    table.indexes.flatMap(({ config }) => {
      const columns = config.columns.map((column) => ('name' in column ? String(column.name) : 'expression'));
      const expected = columns.includes('expression') ? `idx_${table.name}_` : `idx_${table.name}_${columns.join('_')}`;
      if (config.name === expected) return [];
      // A partial one says in a word which rows it has.
      if (config.where && config.name?.startsWith(`${expected}_`)) return [];
      return [`index ${config.name ?? 'without a name'} is not called ${expected}`];
    }),

  'constraint name': (table) => [
    ...table.foreignKeys
      .map((key) => ({ actual: key.getName(), expected: foreignKeyName(table, key) }))
      .concat(
        table.uniqueConstraints.map(({ name, columns }) => ({
          actual: name ?? '',
          expected: `${table.name}_${columns.map((column) => column.name).join('_')}_unique`,
        })),
        table.primaryKeys.map((key) => ({ actual: key.getName(), expected: `${table.name}_pkey` })),
      )
      .filter(({ actual, expected }) => actual !== expected)
      .map(({ actual, expected }) => `constraint ${actual} is not called ${expected}`),
    ...table.checks
      .filter(({ name }) => !name.startsWith(`${table.name}_`) || !name.endsWith('_check'))
      .map(({ name }) => `check ${name} is not called ${table.name}_…_check`),
    ...table.columns
      .filter((column) => column.isUnique)
      .map(({ name }) => `${name}: make it unique with a uniqueIndex, or a named unique(…)`),
  ],

  'name length': (table) =>
    [
      table.name,
      ...table.columns.map(({ name }) => name),
      ...table.indexes.map(({ config }) => config.name ?? ''),
      ...table.foreignKeys.map((key) => key.getName()),
      ...table.uniqueConstraints.map(({ name }) => name ?? ''),
      ...table.checks.map(({ name }) => name),
    ]
      .filter((name) => Buffer.byteLength(name) > 63)
      .map((name) => `${name} is longer than 63 bytes, which PostgreSQL cuts`),

  'soft delete': (table) => {
    if (!table.columns.some(({ name }) => name === 'deleted_at')) return [];
    return table.indexes
      .filter(({ config }) => config.unique && !hasColumn(config, 'id'))
      .filter(({ config }) => !sqlText(config.where).includes('"deleted_at" is null'))
      .map(({ config }) => `unique index ${config.name} counts deleted rows: add where deleted_at is null`);
  },
} satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;

/** Every violation, as `schema.table: what is wrong (rule)`. */
export function findViolations(tables: PgTable[]): string[] {
  return tables.flatMap((table) => {
    const config = getTableConfig(table);
    return (Object.entries(RULES) as [RuleName, Rule][]).flatMap(([rule, check]) =>
      check(config).map((problem) => `${fullName(config)}: ${problem} (${rule})`),
    );
  });
}

const dialect = new PgDialect();

function isSnakeCase(name: string): boolean {
  return /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name);
}

function isMoment(column: PgColumn): boolean {
  return is(column, PgTimestamp) && column.withTimezone && column.precision === 3;
}

function isJunction(table: Table): boolean {
  const [key] = table.primaryKeys;
  const foreign = new Set(table.foreignKeys.flatMap(columnNames));
  return key?.columns.every(({ name }) => foreign.has(name)) ?? false;
}

function fullName(table: { schema?: string; name: string }): string {
  return `${table.schema ?? 'public'}.${table.name}`;
}

function singular(name: string): string {
  return name.replace(/ies$/, 'y').replace(/s$/, '');
}

function columnNames(key: ForeignKey): string[] {
  return key.reference().columns.map(({ name }) => name);
}

function foreignColumnNames(key: ForeignKey): string[] {
  return key.reference().foreignColumns.map(({ name }) => name);
}

function foreignName(key: ForeignKey): string {
  return fullName(getTableConfig(key.reference().foreignTable));
}

function foreignKeyName(table: Table, key: ForeignKey): string {
  const foreign = getTableConfig(key.reference().foreignTable).name;
  return [table.name, ...columnNames(key), foreign, ...foreignColumnNames(key), 'fk'].join('_');
}

/** By an index on all rows, or on those where the key is not null, which are all that it is asked for. */
function leadsAnIndex(key: string[], table: Table): boolean {
  const lists = [
    ...table.indexes.filter(({ config }) => servesKey(config, key)).map(({ config }) => namesOf(config)),
    ...table.uniqueConstraints.map(({ columns }) => columns.map(({ name }) => name)),
    ...table.primaryKeys.map(({ columns }) => columns.map(({ name }) => name)),
    ...table.columns.filter(({ primary }) => primary).map(({ name }) => [name]),
  ];
  return lists.some((names) => {
    const leading = names.slice(0, key.length);
    return key.every((name) => leading.includes(name));
  });
}

function servesKey({ where }: Index['config'], key: string[]): boolean {
  return where === undefined || key.some((name) => sqlText(where).endsWith(`"${name}" is not null`));
}

function hasColumn(config: Index['config'], name: string): boolean {
  return namesOf(config).includes(name);
}

function namesOf(config: Index['config']): string[] {
  return config.columns.map((column) => ('name' in column ? String(column.name) : ''));
}

function sqlText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' && 'getSQL' in value
    ? dialect.sqlToQuery((value as { getSQL(): Parameters<typeof dialect.sqlToQuery>[0] }).getSQL()).sql
    : String(value);
}

import type { CatalogObject } from '../../catalog/index.ts';
import { isEqual, type KindSql, type Lookup } from '../kind-sql.ts';
import { type Column, columnExtras, columnSql } from './column.ts';

export type Table = {
  unlogged?: true;
  partitionKey?: string;
  partitionOf?: { parent: string; bound: string };
  inherits?: string[];
  ofType?: string;
  accessMethod?: string;
  tablespace?: string;
  options?: string[];
  toastOptions?: string[];
  rowSecurity?: true;
  forceRowSecurity?: true;
  server?: string;
  serverOptions?: string[];
};

export const table: KindSql<Table> = {
  create(object, to) {
    const columns = to
      .children(object.id)
      .filter(({ kind }) => kind === 'column') as unknown as CatalogObject<Column>[];
    columns.sort((a, b) => a.facts.position! - b.facts.position!);
    return [
      createTable(object, columns, to),
      ...columns.flatMap((column) => columnExtras(column)),
      ...extras(object, columns, to),
    ];
  },
  drop: ({ facts: { target } }) => [`DROP ${target}`],

  alter({ name, definition: before }, { definition: after }) {
    const fixed: (keyof Table)[] = ['partitionKey', 'ofType', 'server', 'serverOptions'];
    if (fixed.some((key) => !isEqual(before[key], after[key]))) return undefined;
    const differs = (key: keyof Table) => !isEqual(before[key], after[key]);
    const actions = [
      ...(differs('unlogged') ? [`SET ${after.unlogged ? 'UNLOGGED' : 'LOGGED'}`] : []),
      ...(differs('accessMethod') ? [`SET ACCESS METHOD ${after.accessMethod ?? 'heap'}`] : []),
      ...(differs('tablespace') ? [`SET TABLESPACE ${after.tablespace ?? 'pg_default'}`] : []),
      ...changeOptions(before.options, after.options),
      ...changeOptions(before.toastOptions, after.toastOptions, 'toast.'),
      ...(differs('rowSecurity') ? [`${after.rowSecurity ? 'ENABLE' : 'DISABLE'} ROW LEVEL SECURITY`] : []),
      ...(differs('forceRowSecurity') ? [`${after.forceRowSecurity ? '' : 'NO '}FORCE ROW LEVEL SECURITY`] : []),
    ];
    const inherits = (parents: string[] | undefined, others: string[] = []) =>
      parents?.filter((parent) => !others.includes(parent)) ?? [];
    return {
      statements: [
        ...(before.partitionOf && differs('partitionOf')
          ? [`ALTER TABLE ${before.partitionOf.parent} DETACH PARTITION ${name}`]
          : []),
        ...inherits(before.inherits, after.inherits).map((parent) => `ALTER TABLE ${name} NO INHERIT ${parent}`),
        ...actions.map((action) => `ALTER TABLE ${name} ${action}`),
        ...inherits(after.inherits, before.inherits).map((parent) => `ALTER TABLE ${name} INHERIT ${parent}`),
        ...(after.partitionOf && differs('partitionOf')
          ? [`ALTER TABLE ${after.partitionOf.parent} ATTACH PARTITION ${name} ${after.partitionOf.bound}`]
          : []),
      ],
    };
  },
  isReplaceable: ({ definition }) => definition.server !== undefined,
};

function createTable(
  { facts, definition }: CatalogObject<Table>,
  columns: CatalogObject<Column>[],
  to: Lookup,
): string {
  const {
    unlogged,
    partitionKey,
    partitionOf,
    inherits,
    ofType,
    accessMethod,
    tablespace,
    options = [],
    toastOptions = [],
  } = definition;
  const own = columns.filter((column) => !column.facts.inherited).map((column) => `  ${columnSql(column, to)}`);
  const storage = [...options, ...toastOptions.map((option) => `toast.${option}`)];
  const body = ofType
    ? `OF ${ofType}`
    : partitionOf
      ? `PARTITION OF ${partitionOf.parent} ${partitionOf.bound}`
      : `(\n${own.join(',\n')}\n)`;
  const parts = [
    `CREATE ${unlogged ? 'UNLOGGED ' : ''}${facts.target} ${own.length === 0 && !ofType && !partitionOf ? '()' : body}`,
    inherits && `INHERITS (${inherits.join(', ')})`,
    partitionKey && `PARTITION BY ${partitionKey}`,
    accessMethod && `USING ${accessMethod}`,
    storage.length > 0 && `WITH (${storage.join(', ')})`,
    tablespace && `TABLESPACE ${tablespace}`,
    definition.server && `SERVER ${definition.server}`,
    definition.serverOptions && `OPTIONS (${definition.serverOptions.map(writeOption).join(', ')})`,
  ];
  return parts.filter(Boolean).join(' ');
}

/** What CREATE TABLE does not take, and what a partition gets from its parent although it has its own. */
function extras({ name, definition }: CatalogObject<Table>, columns: CatalogObject<Column>[], to: Lookup): string[] {
  const inherited = columns.filter((column) => column.facts.inherited);
  return [
    ...(definition.rowSecurity ? [`ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`] : []),
    ...(definition.forceRowSecurity ? [`ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`] : []),
    ...inherited.flatMap((column) => [
      ...(column.definition.notNull === 'valid'
        ? [`ALTER TABLE ONLY ${name} ALTER COLUMN ${column.name} SET NOT NULL`]
        : []),
      ...(to.children(column.id).some(({ kind }) => kind === 'default') ||
      column.definition.identity ||
      column.definition.generated
        ? []
        : [`ALTER TABLE ONLY ${name} ALTER COLUMN ${column.name} DROP DEFAULT`]),
    ]),
  ];
}

function changeOptions(before: string[] = [], after: string[] = [], prefix = ''): string[] {
  const names = new Set(after.map((option) => option.split('=')[0]));
  const gone = before.map((option) => option.split('=')[0]).filter((name) => !names.has(name));
  const set = after.filter((option) => !before.includes(option));
  return [
    ...(gone.length > 0 ? [`RESET (${gone.map((name) => prefix + name).join(', ')})`] : []),
    ...(set.length > 0 ? [`SET (${set.map((option) => prefix + option).join(', ')})`] : []),
  ];
}

/** `name=value` of a foreign table or server. */
function writeOption(option: string): string {
  const [name, ...value] = option.split('=');
  return `${name} '${value.join('=').replaceAll("'", "''")}'`;
}

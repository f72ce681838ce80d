import { pathOf, type Snapshot, type SnapshotColumn, type SnapshotTable } from '../generate/snapshot.ts';

export interface Model {
  domains: Domain[];
  keys: ForeignKey[];
}

/** The tables and enums of one PostgreSQL schema. */
export interface Domain {
  name: string;
  /** What is pointed at before what points at it; tables without any foreign key last. */
  tables: Table[];
  enums: { name: string; values: string[] }[];
}

export interface Table {
  /** `schema.name`. */
  path: string;
  name: string;
  columns: Column[];
}

export interface Column {
  name: string;
  type: string;
  nullable: boolean;
  primary: boolean;
  foreign: boolean;
  unique: boolean;
}

/** Drawn from its last column: the one before it, in a key of two, is the owner. */
export interface ForeignKey {
  name: string;
  from: string;
  column: string;
  to: string;
  target: string;
  crosses: boolean;
  /** Whether a row need not have it, and whether no two rows have the same. */
  nullable: boolean;
  unique: boolean;
}

/** What is drawn, of the newest snapshot of the migrations; sorted, so that the same schema is the same picture. */
export function readModel({ tables, enums }: Snapshot): Model {
  const all = Object.values(tables).sort((a, b) => compare(pathOf(a), pathOf(b)));
  const described = new Map(all.map((table) => [pathOf(table), describeTable(table)]));
  const keys = all.flatMap((table) => keysOf(table, described.get(pathOf(table))!));
  const names = [...new Set(all.map(({ schema }) => schema || 'public'))];
  const domains = names.map((name) => ({
    name,
    tables: sortTables(
      [...described.values()].filter(({ path }) => path.startsWith(`${name}.`)),
      keys,
    ),
    enums: Object.values(enums)
      .filter(({ schema }) => schema === name)
      .map(({ name, values }) => ({ name, values }))
      .sort((a, b) => compare(a.name, b.name)),
  }));
  return { domains, keys };
}

/** By code unit: localeCompare is another order on another machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function describeTable(table: SnapshotTable): Table {
  const primary = new Set(Object.values(table.compositePrimaryKeys).flatMap(({ columns }) => columns));
  const foreign = new Set(Object.values(table.foreignKeys).map(({ columnsFrom }) => columnsFrom.at(-1)));
  const unique = uniqueColumns(table);
  return {
    path: pathOf(table),
    name: table.name,
    columns: Object.values(table.columns).map((column) => ({
      name: column.name,
      type: shortType(column),
      nullable: !column.notNull,
      primary: column.primaryKey || primary.has(column.name),
      foreign: foreign.has(column.name),
      unique: unique.has(column.name),
    })),
  };
}

/** Those that are unique by themselves, in all rows. */
function uniqueColumns({ uniqueConstraints, indexes }: SnapshotTable): Set<string> {
  const constraints = Object.values(uniqueConstraints).map(({ columns }) => columns);
  const unique = Object.values(indexes).filter((index) => (index as { isUnique?: boolean }).isUnique && !index.where);
  const lists = [...constraints, ...unique.map(({ columns }) => columns.map(({ expression }) => expression))];
  return new Set(lists.filter(({ length }) => length === 1).map(([name]) => name!));
}

function shortType({ type }: SnapshotColumn): string {
  return type
    .replace(/^timestamp ?(\(\d\))? with time zone$/, 'timestamptz$1')
    .replace('character varying', 'varchar')
    .replaceAll(' ', '');
}

function keysOf(table: SnapshotTable, { path, columns }: Table): ForeignKey[] {
  return Object.values(table.foreignKeys)
    .sort((a, b) => compare(a.name, b.name))
    .map(({ name, columnsFrom, columnsTo, schemaTo, tableTo }) => {
      const column = columnsFrom.at(-1)!;
      const { nullable, unique } = columns.find((candidate) => candidate.name === column)!;
      const crosses = (schemaTo || 'public') !== (table.schema || 'public');
      const to = pathOf({ schema: schemaTo ?? '', name: tableTo });
      return { name, from: path, column, to, target: columnsTo.at(-1)!, crosses, nullable, unique };
    });
}

function sortTables(tables: Table[], keys: ForeignKey[]): Table[] {
  const inside = keys.filter(({ crosses, from, to }) => !crosses && from !== to);
  const depth = (path: string, seen: string[]): number => {
    if (seen.includes(path)) return 0;
    const above = inside.filter(({ from }) => from === path).map(({ to }) => depth(to, [...seen, path]) + 1);
    return Math.max(0, ...above);
  };
  const isAlone = ({ path }: Table) => !keys.some(({ from, to }) => from === path || to === path);
  const rank = new Map(tables.map((table) => [table.path, isAlone(table) ? 1_000 : depth(table.path, [])]));
  return [...tables].sort((a, b) => rank.get(a.path)! - rank.get(b.path)! || compare(a.name, b.name));
}

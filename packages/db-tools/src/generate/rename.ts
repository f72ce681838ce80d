import type { Kind } from './decisions.ts';
import { pathOf, quotePath, type Snapshot, type SnapshotTable } from './snapshot.ts';

export interface Rename {
  kind: Kind;
  /** Paths: `schema`, `schema.table`, `schema.table.column`. */
  from: string;
  to: string;
}

/** The statements of a rename. */
export function renameStatements({ kind, from, to }: Rename, previous: Snapshot): string[] {
  const [oldPath, newPath] = [split(from), split(to)];
  const rename = (what: string) => `ALTER ${what} RENAME TO "${newPath.name}";`;
  switch (kind) {
    case 'schema':
    case 'role':
      return [rename(`${kind.toUpperCase()} "${from}"`)];
    case 'column':
    case 'policy': {
      const table = quotePath(split(oldPath.schema));
      return kind === 'column'
        ? [`ALTER TABLE ${table} RENAME COLUMN "${oldPath.name}" TO "${newPath.name}";`]
        : [`ALTER POLICY "${oldPath.name}" ON ${table} RENAME TO "${newPath.name}";`];
    }
    default: {
      const word = kind === 'view' && viewOf(previous, from)?.materialized ? 'MATERIALIZED VIEW' : WORDS[kind];
      const moved = { schema: newPath.schema, name: oldPath.name };
      return [
        ...(oldPath.schema === newPath.schema
          ? []
          : [`ALTER ${word} ${quotePath(oldPath)} SET SCHEMA "${newPath.schema}";`]),
        ...(oldPath.name === newPath.name ? [] : [rename(`${word} ${quotePath(moved)}`)]),
      ];
    }
  }
}

const WORDS = { table: 'TABLE', enum: 'TYPE', sequence: 'SEQUENCE', view: 'VIEW' };

/** The snapshot as PostgreSQL leaves the database after the rename: whatever refers to the old name follows. */
export function applyRename(snapshot: Snapshot, rename: Rename): Snapshot {
  const next = structuredClone(snapshot);
  const [oldPath, newPath] = [split(rename.from), split(rename.to)];
  switch (rename.kind) {
    case 'schema':
      renameSchema(next, rename.from, rename.to);
      break;
    case 'role':
      next.roles = rekey(
        next.roles,
        (role) => role.name,
        (role) => {
          if (role.name === rename.from) role.name = rename.to;
        },
      );
      break;
    case 'enum':
      move(next.enums, oldPath, newPath);
      next.enums = rekey(next.enums, pathOf);
      for (const column of columnsOf(next)) {
        const [, base, dimensions] = column.type.match(/^(.*?)((?:\[\d*\])*)$/s)!;
        if (base === oldPath.name && (column.typeSchema || 'public') === oldPath.schema) {
          column.type = `${newPath.name}${dimensions}`;
          column.typeSchema = newPath.schema;
        }
      }
      break;
    case 'sequence':
      move(next.sequences, oldPath, newPath);
      next.sequences = rekey(next.sequences, pathOf);
      break;
    case 'view':
      move(next.views, oldPath, newPath);
      next.views = rekey(next.views, pathOf);
      break;
    case 'table':
      renameTable(next, oldPath, newPath);
      break;
    case 'column':
      renameColumn(next, split(oldPath.schema), oldPath.name, newPath.name);
      break;
    case 'policy': {
      const table = tableOf(next, oldPath.schema)!;
      table.policies = rekey(
        table.policies,
        (policy) => policy.name,
        (policy) => {
          if (policy.name === oldPath.name) policy.name = newPath.name;
        },
      );
    }
  }
  return next;
}

interface Path {
  schema: string;
  name: string;
}

/** Splits at the last dot: `a.b.c` is the column c of the table a.b. */
function split(path: string): Path {
  const dot = path.lastIndexOf('.');
  return { schema: path.slice(0, Math.max(dot, 0)), name: path.slice(dot + 1) };
}

function renameSchema(next: Snapshot, from: string, to: string): void {
  next.schemas = Object.fromEntries(Object.keys(next.schemas).map((name) => (name === from ? [to, to] : [name, name])));
  for (const list of [next.tables, next.enums, next.sequences, next.views]) {
    for (const object of Object.values(list)) if (object.schema === from) object.schema = to;
  }
  for (const column of columnsOf(next)) if (column.typeSchema === from) column.typeSchema = to;
  for (const table of Object.values(next.tables)) {
    for (const key of Object.values(table.foreignKeys)) if (key.schemaTo === from) key.schemaTo = to;
    rewriteTexts(table, (text) => text.replaceAll(`"${from}".`, `"${to}".`));
  }
  next.tables = rekey(next.tables, pathOf);
  next.enums = rekey(next.enums, pathOf);
  next.sequences = rekey(next.sequences, pathOf);
  next.views = rekey(next.views, pathOf);
}

function renameTable(next: Snapshot, from: Path, to: Path): void {
  const renamed = tableOf(next, pathOf(from))!;
  for (const table of Object.values(next.tables)) {
    for (const key of Object.values(table.foreignKeys)) {
      if (key.tableTo !== from.name || (key.schemaTo || 'public') !== from.schema) continue;
      key.tableTo = to.name;
      key.schemaTo = to.schema;
    }
  }
  for (const key of Object.values(renamed.foreignKeys)) key.tableFrom = to.name;
  rewriteTexts(renamed, (text) => text.replaceAll(`${quotePath(from)}.`, `${quotePath(to)}.`));
  renamed.name = to.name;
  renamed.schema = to.schema === 'public' ? '' : to.schema;
  next.tables = rekey(next.tables, pathOf);
}

function renameColumn(next: Snapshot, path: Path, from: string, to: string): void {
  const table = tableOf(next, pathOf(path))!;
  const inList = (columns: string[]) => columns.map((column) => (column === from ? to : column));
  table.columns = rekey(
    table.columns,
    (column) => column.name,
    (column) => {
      if (column.name === from) column.name = to;
    },
  );
  for (const index of Object.values(table.indexes)) {
    for (const column of index.columns) if (!column.isExpression && column.expression === from) column.expression = to;
  }
  for (const key of Object.values(table.compositePrimaryKeys)) key.columns = inList(key.columns);
  for (const unique of Object.values(table.uniqueConstraints)) unique.columns = inList(unique.columns);
  for (const key of Object.values(table.foreignKeys)) key.columnsFrom = inList(key.columnsFrom);
  for (const other of Object.values(next.tables)) {
    for (const key of Object.values(other.foreignKeys)) {
      if (key.tableTo === path.name && (key.schemaTo || 'public') === path.schema)
        key.columnsTo = inList(key.columnsTo);
    }
  }
  rewriteTexts(table, (text) => text.replaceAll(`"${from}"`, `"${to}"`));
}

/** Expressions that PostgreSQL keeps as references, not as text, and so renames along. */
function rewriteTexts(table: SnapshotTable, rewrite: (text: string) => string): void {
  for (const check of Object.values(table.checkConstraints)) check.value = rewrite(check.value);
  for (const index of Object.values(table.indexes)) {
    if (index.where) index.where = rewrite(index.where);
    for (const column of index.columns) if (column.isExpression) column.expression = rewrite(column.expression);
  }
  for (const column of Object.values(table.columns)) {
    if (column.generated) column.generated.as = rewrite(column.generated.as);
  }
  for (const policy of Object.values(table.policies)) {
    if (policy.using) policy.using = rewrite(policy.using);
    if (policy.withCheck) policy.withCheck = rewrite(policy.withCheck);
  }
}

function move(objects: Record<string, Path>, from: Path, to: Path): void {
  for (const object of Object.values(objects)) {
    if (pathOf(object) !== pathOf(from)) continue;
    object.name = to.name;
    object.schema = to.schema;
  }
}

function rekey<T>(objects: Record<string, T>, key: (object: T) => string, change: (object: T) => void = () => {}) {
  return Object.fromEntries(
    Object.values(objects).map((object) => {
      change(object);
      return [key(object), object];
    }),
  );
}

function tableOf(snapshot: Snapshot, path: string): SnapshotTable | undefined {
  return Object.values(snapshot.tables).find((table) => pathOf(table) === path);
}

function viewOf(snapshot: Snapshot, path: string) {
  return Object.values(snapshot.views).find((view) => pathOf(view) === path);
}

function columnsOf(snapshot: Snapshot) {
  return Object.values(snapshot.tables).flatMap((table) => Object.values(table.columns));
}

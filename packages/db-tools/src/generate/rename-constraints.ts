import { sharedTables } from './decisions.ts';
import { quotePath, type Snapshot, type SnapshotTable } from './snapshot.ts';

const COLLECTIONS = [
  'indexes',
  'foreignKeys',
  'compositePrimaryKeys',
  'uniqueConstraints',
  'checkConstraints',
] as const;

/**
 * Indexes and constraints that changed their name alone, as after the rename of a table or column that they are named
 * after. drizzle-kit would drop and build them again, which scans and locks the table; renaming touches no row.
 */
export function renameConstraints(previous: Snapshot, current: Snapshot): { statements: string[]; previous: Snapshot } {
  const next = structuredClone(previous);
  const statements: string[] = [];
  for (const [before, after] of sharedTables(next, current)) {
    for (const collection of COLLECTIONS) {
      for (const [from, to] of findPairs(before, after, collection)) {
        statements.push(
          collection === 'indexes'
            ? `ALTER INDEX ${quotePath({ schema: before.schema, name: from })} RENAME TO "${to}";`
            : `ALTER TABLE ${quotePath(before)} RENAME CONSTRAINT "${from}" TO "${to}";`,
        );
        const objects = before[collection] as Record<string, { name: string }>;
        objects[to] = { ...objects[from]!, name: to };
        delete objects[from];
      }
    }
  }
  return { statements, previous: next };
}

function findPairs(before: SnapshotTable, after: SnapshotTable, collection: (typeof COLLECTIONS)[number]) {
  const removed = Object.values(before[collection]).filter(({ name }) => !(name in after[collection]));
  const added = Object.values(after[collection]).filter(({ name }) => !(name in before[collection]));
  return removed.flatMap(({ name, ...rest }): [string, string][] => {
    const equal = added.filter(({ name: _, ...other }) => isEqual(rest, other));
    const rivals = removed.filter(({ name: _, ...other }) => isEqual(rest, other));
    const [only] = equal;
    // PostgreSQL cuts names at 63 bytes, so what a longer one is called there is not what the snapshot says.
    const fits = only && Buffer.byteLength(name) <= 63 && Buffer.byteLength(only.name) <= 63;
    return fits && equal.length === 1 && rivals.length === 1 ? [[name, only.name]] : [];
  });
}

function isEqual(a: object, b: object): boolean {
  return canonical(a) === canonical(b);
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

import { keepsValues } from '../lint/types.ts';
import { sharedTables } from './decisions.ts';
import { pathOf, type Snapshot, type SnapshotColumn } from './snapshot.ts';

/** What of the data a migration takes away, in words. The renames are done in `previous`. */
export function findLosses(previous: Snapshot, current: Snapshot): string[] {
  return [
    ...gone(previous.tables, current.tables).map((table) => `the rows of ${pathOf(table)} are gone`),
    ...sharedTables(previous, current).flatMap(([before, after]) =>
      Object.values(before.columns).flatMap((column) =>
        ofColumn(`${pathOf(after)}.${column.name}`, column, after.columns[column.name]),
      ),
    ),
    ...gone(previous.sequences, current.sequences).map(
      (sequence) => `where the sequence ${pathOf(sequence)} stood is gone`,
    ),
    ...gone(previous.roles, current.roles).map(
      ({ name }) => `what the role ${name} belonged to and its password are gone`,
    ),
  ];
}

function gone<T>(before: Record<string, T>, after: Record<string, T>): T[] {
  return Object.entries(before).flatMap(([key, object]) => (key in after ? [] : [object]));
}

function ofColumn(path: string, before: SnapshotColumn, after: SnapshotColumn | undefined): string[] {
  // What is computed can be computed again.
  if (before.generated) return [];
  if (!after) return [`the values of ${path} are gone`];
  if (after.generated) return [`the values of ${path} are gone, which is computed now`];
  const losses: string[] = [];
  // A value that an enum lacks makes the change to it fail.
  if (before.type !== after.type && !after.typeSchema && !keepsValues(before.type, after.type)) {
    losses.push(
      `the values of ${path} may not be what they were before it was ${after.type} instead of ${before.type}`,
    );
  }
  if (before.identity && !after.identity) losses.push(`where the identity of ${path} stood is gone`);
  return losses;
}

/** What a migration adds for good, in words: PostgreSQL takes no value out of an enum, and rows may have it by then. */
export function findLasting(previous: Snapshot, current: Snapshot): string[] {
  const before = new Map(Object.values(previous.enums).map((type) => [pathOf(type), type.values]));
  return Object.values(current.enums).flatMap((type) => {
    const values = before.get(pathOf(type));
    const added = values ? type.values.filter((value) => !values.includes(value)) : [];
    if (added.length === 0) return [];
    const which = added.length === 1 ? 'value' : 'values';
    return [
      `rows may have the new ${which} ${added.join(', ')} of ${pathOf(type)}, which no statement takes out of it`,
    ];
  });
}

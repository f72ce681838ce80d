import type { Snapshot } from '../generate/snapshot.ts';

/** Something that a migration and one before it both did, or that one did to what the other had taken away. */
export interface SnapshotConflict {
  /** `tables.public.users.columns.email` */
  path: string;
  problem: 'added by both' | 'dropped by both' | 'dropped by theirs, changed by yours';
}

/**
 * `onto` with what leads from `before` to `after`: the snapshot of a migration that follows another one than it was
 * made for. What both changed is as the migration has it, for it runs last. Pure.
 */
export function mergeSnapshots(
  before: Snapshot,
  after: Snapshot,
  onto: Snapshot,
): { snapshot: Snapshot; conflicts: SnapshotConflict[] } {
  const conflicts: SnapshotConflict[] = [];
  const merged = mergeObjects(before as never, after as never, onto as never, [], (path, problem) => {
    if (isNamed(path)) conflicts.push({ path: path.join('.'), problem });
  });
  return { snapshot: merged as unknown as Snapshot, conflicts };
}

type Json = unknown;
type JsonObject = Record<string, Json>;
type Report = (path: string[], problem: SnapshotConflict['problem']) => void;

function mergeObjects(
  before: JsonObject,
  after: JsonObject,
  onto: JsonObject,
  path: string[],
  report: Report,
): JsonObject {
  const merged = { ...onto };
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is, there] = [before[key], after[key], onto[key]];
    if (isEqual(was, is)) continue;
    const at = [...path, key];
    if (was === undefined) {
      if (there !== undefined) report(at, 'added by both');
      merged[key] = is;
    } else if (is === undefined) {
      if (there === undefined) report(at, 'dropped by both');
      delete merged[key];
    } else if (there === undefined) {
      report(at, 'dropped by theirs, changed by yours');
      merged[key] = is;
    } else {
      merged[key] = mergeValues(was, is, there, at, report);
    }
  }
  return merged;
}

function mergeValues(was: Json, is: Json, there: Json, path: string[], report: Report): Json {
  if (isObject(was) && isObject(is) && isObject(there)) return mergeObjects(was, is, there, path, report);
  const isEnum = path[0] === 'enums' && path.at(-1) === 'values';
  return isEnum ? mergeValuesOfEnum(was as string[], is as string[], there as string[]) : is;
}

/**
 * A new value comes before the one that it was put before, as drizzle-kit's ADD VALUE … BEFORE says, else at the end.
 */
function mergeValuesOfEnum(was: string[], is: string[], there: string[]): string[] {
  const merged = there.filter((value) => is.includes(value) || !was.includes(value));
  for (const [index, value] of is.entries()) {
    if (merged.includes(value) || was.includes(value)) continue;
    const next = is.slice(index + 1).find((other) => was.includes(other) && merged.includes(other));
    merged.splice(next === undefined ? merged.length : merged.indexOf(next), 0, value);
  }
  return merged;
}

const COLLECTIONS = new Set(['tables', 'enums', 'schemas', 'sequences', 'roles', 'policies', 'views']);
const OF_A_TABLE = new Set([
  'columns',
  'indexes',
  'foreignKeys',
  'compositePrimaryKeys',
  'uniqueConstraints',
  'policies',
  'checkConstraints',
]);

/** Whether the path is that of something that SQL creates and drops by its name. */
function isNamed(path: string[]): boolean {
  if (path.length === 2) return COLLECTIONS.has(path[0]!);
  return path.length === 4 && path[0] === 'tables' && OF_A_TABLE.has(path[2]!);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEqual(a: Json, b: Json): boolean {
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => isEqual(a[key], b[key]));
  }
  return JSON.stringify(a) === JSON.stringify(b);
}

import { createHash, randomInt } from 'node:crypto';

/** A database of ours, and the advisory lock (class and id) that its users hold. */
export interface TestDatabase {
  name: string;
  lock: [number, number];
}

/**
 * Advisory locks belong to the database that one is connected to. So do names: two runs that reach one server through
 * different maintenance databases cannot see each other's locks, and must not touch each other's databases.
 */
export function scopeOf(maintenanceDatabase: string): string {
  return `db_test_${hash(maintenanceDatabase).slice(0, 6)}_`;
}

/** The template for a key: the same name in every process. */
export function templateOf(scope: string, key: string): TestDatabase {
  return parseName(scope, `${scope}t_${hash(key).slice(0, 16)}`)!;
}

export function newClone(scope: string): TestDatabase {
  return parseName(
    scope,
    `${scope}c_${randomInt(2 ** 32)
      .toString(16)
      .padStart(8, '0')}`,
  )!;
}

/** Undefined for a database that is not ours. */
export function parseName(scope: string, name: string): TestDatabase | undefined {
  if (!name.startsWith(scope)) return undefined;
  const [, kind, id] = name.slice(scope.length).match(/^([tc])_([0-9a-f]{8})(?:[0-9a-f]{8})?$/) ?? [];
  if (!kind || !id) return undefined;
  return { name, lock: [kind === 't' ? TEMPLATE_LOCKS : CLONE_LOCKS, Number.parseInt(id, 16) | 0] };
}

/** Classes of advisory locks; the numbers mean nothing. */
const TEMPLATE_LOCKS = 739_201;
const CLONE_LOCKS = 739_202;

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

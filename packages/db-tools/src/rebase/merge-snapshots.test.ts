import { expect, test } from 'vitest';
import { emptySnapshot, type Snapshot } from '../generate/snapshot.ts';
import { mergeSnapshots } from './merge-snapshots.ts';

type Json = Record<string, unknown>;

function make(parts: { tables?: Json; enums?: Json }): Snapshot {
  return { ...emptySnapshot(), ...parts } as Snapshot;
}

function withColumns(columns: Json, rest: Json = {}): Snapshot {
  return make({ tables: { 'public.a': { name: 'a', columns, ...rest } } });
}

function enumOf(...values: string[]): Snapshot {
  return make({ enums: { 'public.e': { name: 'e', schema: 'public', values } } });
}

const x = { name: 'x', notNull: false };

test('columns of both sides are there, and what either dropped is gone', () => {
  const base = withColumns({ x, y: x });
  const mine = withColumns({ y: x, m: x });
  const theirs = withColumns({ x, y: x, t: x });
  const { snapshot, conflicts } = mergeSnapshots(base, mine, theirs);
  expect(Object.keys(snapshot.tables['public.a']!.columns)).toEqual(['y', 't', 'm']);
  expect(conflicts).toEqual([]);
});

test('of one column, what each side changed is changed, and mine wins where both did', () => {
  const base = withColumns({ x });
  const mine = withColumns({ x: { ...x, notNull: true, default: 1 } });
  const theirs = withColumns({ x: { ...x, type: 'bigint', default: 2 } });
  const { snapshot, conflicts } = mergeSnapshots(base, mine, theirs);
  expect(snapshot.tables['public.a']!.columns.x).toEqual({ name: 'x', notNull: true, type: 'bigint', default: 1 });
  expect(conflicts).toEqual([]);
});

test.each([
  ['added by both', withColumns({}), withColumns({ x }), withColumns({ x }), 'tables.public.a.columns.x'],
  ['dropped by both', withColumns({ x }), withColumns({}), withColumns({}), 'tables.public.a.columns.x'],
  [
    'dropped by theirs, changed by yours',
    withColumns({ x }),
    withColumns({ x: { ...x, notNull: true } }),
    withColumns({}),
    'tables.public.a.columns.x',
  ],
  ['added by both', make({}), withColumns({ x }), withColumns({ x }), 'tables.public.a'],
  ['dropped by theirs, changed by yours', withColumns({}), withColumns({ x }), make({}), 'tables.public.a'],
])('%s is told', (problem, base, mine, theirs, path) => {
  expect(mergeSnapshots(base, mine, theirs).conflicts).toEqual([{ path, problem }]);
});

test.each([
  ['at the end', ['a', 'b'], ['a', 'b', 'm'], ['a', 'b', 't'], ['a', 'b', 't', 'm']],
  ['before the same one', ['a', 'b'], ['a', 'm', 'b'], ['a', 't', 'b'], ['a', 't', 'm', 'b']],
  ['two at once', ['a', 'b'], ['a', 'm', 'n', 'b'], ['t', 'a', 'b'], ['t', 'a', 'm', 'n', 'b']],
  ['in front of one that theirs dropped', ['a', 'b'], ['a', 'm', 'b'], ['a'], ['a', 'm']],
  ['with one dropped', ['a', 'b', 'c'], ['a', 'c'], ['a', 'b', 'c', 't'], ['a', 'c', 't']],
])('values that both add to an enum, mine %s, stand as the statements put them', (_, base, mine, theirs, wanted) => {
  expect(mergeSnapshots(enumOf(...base), enumOf(...mine), enumOf(...theirs)).snapshot).toEqual(enumOf(...wanted));
});

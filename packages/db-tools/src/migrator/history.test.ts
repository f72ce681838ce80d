import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FileKey, findProblems, type HistoryRow, reconcile, refuseMismatch, toRun } from './history.ts';

const file = (tag: string, when: number, hash = `#${tag}`, others: string[] = []): FileKey => ({
  tag,
  path: `migrations/${tag}.sql`,
  when,
  hash,
  otherHashes: () => others,
});
const row = (id: number, createdAt: number | null, hash: string): HistoryRow => ({ id, createdAt, hash });
const states = (files: FileKey[], rows: HistoryRow[], notes = {}) =>
  reconcile(files, rows, { partial: new Set(), outOfOrderAllowed: new Set(), ...notes }).entries.map(
    ({ state }) => state,
  );
const strays = (files: FileKey[], rows: HistoryRow[]) => reconcile(files, rows).strays.map(({ reason }) => reason);

const [a, b, c] = [file('a', 100), file('b', 200), file('c', 300)] as const;

describe('what drizzle gets wrong', () => {
  test('a file that a merge brought in late is out of order, not skipped (D1)', () => {
    expect(states([a, b, c], [row(1, 100, '#a'), row(2, 300, '#c')])).toEqual(['applied', 'out-of-order', 'applied']);
    expect(states([a, c, b], [row(1, 100, '#a'), row(2, 300, '#c')])).toEqual(['applied', 'applied', 'out-of-order']);
  });

  test('two files with one stamp are told apart by their hashes (D2)', () => {
    expect(states([a, file('b', 100)], [row(1, 100, '#a'), row(2, 100, '#b')])).toEqual(['applied', 'applied']);
    expect(states([a, file('b', 100)], [row(1, 100, '#b')])).toEqual(['out-of-order', 'applied']);
  });

  test('an edited file is modified (D3)', () => {
    expect(states([a, b], [row(1, 100, '#old'), row(2, 200, '#b')])).toEqual(['modified', 'applied']);
  });

  test('a row without created_at stops the run (D28)', () => {
    expect(strays([a], [row(1, 100, '#a'), row(2, null, '#x')])).toEqual(['null']);
  });

  test('other line ends are the same file (D39)', () => {
    expect(states([file('a', 100, '#lf', ['#lf', '#crlf'])], [row(1, 100, '#crlf')])).toEqual(['applied']);
  });

  test('files of an empty template have one hash, which proves nothing (D40)', () => {
    const files = [file('a', 100, '#empty'), file('b', 200, '#empty')];
    expect(states(files, [row(1, 100, '#empty')])).toEqual(['applied', 'pending']);
    expect(states(files, [row(1, 150, '#empty')])).toEqual(['out-of-order', 'pending']);
    expect(strays(files, [row(1, 150, '#empty')])).toEqual(['missing-file']);
  });

  test('a file that racing runners applied twice is a duplicate (D5)', () => {
    expect(states([a], [row(1, 100, '#a'), row(2, 100, '#a')])).toEqual(['applied']);
    expect(strays([a], [row(1, 100, '#a'), row(2, 100, '#a')])).toEqual(['duplicate']);
  });
});

test('the same file under another stamp is restamped', () => {
  expect(states([a, b], [row(1, 100, '#a'), row(2, 150, '#b')])).toEqual(['applied', 'restamped']);
});

test('a row that no file accounts for is a missing file', () => {
  expect(strays([a], [row(1, 100, '#a'), row(2, 200, '#b')])).toEqual(['missing-file']);
});

test('recorded steps make a file partial; a permission lets a late one run', () => {
  expect(states([a, b], [row(1, 100, '#a')], { partial: new Set(['b']) })).toEqual(['applied', 'partial']);
  expect(states([a, b], [row(1, 200, '#b')], { outOfOrderAllowed: new Set(['100:a']) })).toEqual([
    'pending',
    'applied',
  ]);
});

test('every mismatch is refused with exit 3 and the command that settles it', () => {
  const cases: [FileKey[], HistoryRow[], string][] = [
    [[a], [row(1, 100, '#old')], 'pnpm db repair --accept a'],
    [[a], [row(1, 50, '#a')], 'pnpm db repair --restamp a'],
    [[a, b], [row(1, 200, '#b')], 'pnpm db repair --allow-out-of-order a'],
    [[], [row(7, 100, '#a')], 'pnpm db repair --forget 7'],
    [[a], [row(1, 100, '#a'), row(2, 100, '#a')], 'pnpm db repair --dedupe'],
  ];
  for (const [files, rows, hint] of cases) {
    expect(() => refuseMismatch(reconcile(files, rows))).toThrow(
      expect.objectContaining({ code: 'history_mismatch', exit: 3, hint: expect.stringContaining(hint) }),
    );
  }
});

describe('in any history', () => {
  const files = fc
    .uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 12 })
    .chain((stamps) =>
      fc
        .array(fc.integer({ min: 0, max: 8 }), { minLength: stamps.length, maxLength: stamps.length })
        .map((hashes) => stamps.map((when, index) => file(`f${index}`, when, `#${hashes[index]}`))),
    );
  const rows = fc
    .array(fc.tuple(fc.option(fc.integer({ min: 1, max: 60 }), { freq: 10 }), fc.integer({ min: 0, max: 8 })), {
      maxLength: 12,
    })
    .map((pairs) => pairs.map(([createdAt, hash], index) => row(index, createdAt, `#${hash}`)));
  const any = <Values extends [unknown, ...unknown[]]>(
    check: (...values: Values) => void,
    ...arbitraries: { [K in keyof Values]: fc.Arbitrary<Values[K]> }
  ) => fc.assert(fc.property<Values>(...arbitraries, check), { numRuns: 2000 });

  test('every file has one state and every row is spoken for exactly once', () => {
    any(
      (files: FileKey[], rows: HistoryRow[]) => {
        const { entries, strays } = reconcile(files, rows);
        expect(entries.map((entry) => entry.file)).toEqual(files);
        const spoken = [...entries.flatMap((entry) => entry.row ?? []), ...strays.map((stray) => stray.row)];
        expect(spoken.map(({ id }) => id).sort((x, y) => x - y)).toEqual(rows.map(({ id }) => id));
      },
      files,
      rows,
    );
  });

  test('a file with its very row is applied, whatever else is there', () => {
    any(
      (files: FileKey[], rows: HistoryRow[]) => {
        const keys = new Set(rows.map(({ createdAt, hash }) => `${createdAt}:${hash}`));
        for (const { file, state } of reconcile(files, rows).entries) {
          expect(state === 'applied').toBe(keys.has(`${file.when}:${file.hash}`));
        }
      },
      files,
      rows,
    );
  });

  test('what is accepted leads, file by file, to a history in which all is applied and nothing is left', () => {
    any(
      (files: FileKey[], rows: HistoryRow[]) => {
        const first = reconcile(files, rows);
        fc.pre(findProblems(first).length === 0);
        let now = [...rows];
        for (const { file } of toRun(first)) now = [...now, row(1000 + now.length, file.when, file.hash)];
        const second = reconcile(files, now);
        expect(second.entries.every(({ state }) => state === 'applied')).toBe(true);
        expect(toRun(second)).toEqual([]);
      },
      files,
      rows,
    );
  });

  test('a run that was cut off between two files is accepted again when the stamps rise', () => {
    any(
      (files: FileKey[], cut: number) => {
        const sorted = files.toSorted((x, y) => x.when - y.when);
        const done = sorted.slice(0, cut).map(({ when, hash }, index) => row(index, when, hash));
        const history = reconcile(sorted, done);
        expect(findProblems(history)).toEqual([]);
        expect(toRun(history).map(({ file }) => file)).toEqual(sorted.slice(cut));
      },
      files,
      fc.integer({ min: 0, max: 12 }),
    );
  });

  test('an added, removed or changed file never goes unnoticed', () => {
    any(
      (files: FileKey[], at: number, kind: string) => {
        const sorted = files
          .toSorted((x, y) => x.when - y.when)
          .map((file, index) => ({ ...file, hash: `#unique ${index}` }));
        const done = sorted.map(({ when, hash }, index) => row(index, when, hash));
        const victim = sorted[at % Math.max(1, sorted.length)];
        fc.pre(victim !== undefined);
        const changed =
          kind === 'removed'
            ? sorted.filter((file) => file !== victim)
            : sorted.map((file) =>
                file === victim
                  ? { ...file, ...(kind === 'edited' ? { hash: '#new' } : { when: file.when + 1000 }) }
                  : file,
              );
        expect(findProblems(reconcile(changed, done)).length).toBeGreaterThan(0);
      },
      files,
      fc.nat(),
      fc.constantFrom('removed', 'edited', 'restamped'),
    );
  });
});

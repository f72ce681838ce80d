import fc from 'fast-check';
import { expect, test } from 'vitest';
import { selectExpired } from './retention.ts';

const backup = (time: string) => ({ file: time, createdAt: new Date(time) });
const days = (from: string, count: number) =>
  Array.from({ length: count }, (_, day) => backup(new Date(Date.parse(from) + day * 86_400_000).toISOString()));
const kept = (backups: ReturnType<typeof backup>[], rule: Parameters<typeof selectExpired>[1]) => {
  const expired = selectExpired(backups, rule);
  return backups.filter((each) => !expired.includes(each)).map(({ file }) => file.slice(0, 10));
};

test('of two months of nightly backups seven days and four Sundays stay', () => {
  // 2025-11-20 is a Thursday.
  expect(kept(days('2025-09-22T02:00:00Z', 60), { daily: 7, weekly: 4 })).toEqual([
    ...['2025-11-02', '2025-11-09'],
    ...['2025-11-14', '2025-11-15', '2025-11-16', '2025-11-17', '2025-11-18', '2025-11-19', '2025-11-20'],
  ]);
});

test('the last backup of a day stands for it', () => {
  const backups = ['2025-11-20T01:00:00Z', '2025-11-20T23:59:59Z', '2025-11-21T00:00:00Z'].map(backup);
  expect(selectExpired(backups, { daily: 7, weekly: 0 })).toEqual([backups[0]]);
});

test('days without a backup do not count, and the newest stays whatever the rule', () => {
  const backups = ['2024-01-05T00:00:00Z', '2025-01-05T00:00:00Z', '2025-11-05T00:00:00Z'].map(backup);
  expect(selectExpired(backups, { daily: 3, weekly: 0 })).toEqual([]);
  expect(kept(backups, { daily: 0, weekly: 0 })).toEqual(['2025-11-05']);
});

test('of any backups at most daily + weekly + 1 stay, the newest among them, and a second look deletes no more', () => {
  const times = fc.array(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(times, fc.nat(10), fc.nat(10), (dates, daily, weekly) => {
      const backups = dates.map((createdAt, index) => ({ file: String(index), createdAt }));
      const expired = selectExpired(backups, { daily, weekly });
      const rest = backups.filter((each) => !expired.includes(each));
      const newest = Math.max(...dates.map(Number));
      expect(rest.length).toBeLessThanOrEqual(daily + weekly + 1);
      expect(rest.some(({ createdAt }) => createdAt.getTime() === newest)).toBe(true);
      expect(selectExpired(rest, { daily, weekly })).toEqual([]);
    }),
  );
});

import type { KindSql } from '../kind-sql.ts';

export type SequenceOptions = {
  start: string;
  increment: string;
  min: string;
  max: string;
  cache: string;
  cycle: boolean;
};
type Sequence = SequenceOptions & { type: string; unlogged?: true };

export const sequence: KindSql<Sequence> = {
  create: ({ name, definition }) => [
    `CREATE ${definition.unlogged ? 'UNLOGGED ' : ''}SEQUENCE ${name} AS ${definition.type} ${sequenceOptions(definition)}`,
  ],
  drop: ({ name }) => [`DROP SEQUENCE ${name}`],
  alter({ name, definition: before }, { definition: after }) {
    const statements: string[] = [];
    if (before.unlogged !== after.unlogged)
      statements.push(`ALTER SEQUENCE ${name} SET ${after.unlogged ? 'UNLOGGED' : 'LOGGED'}`);
    const [old, wanted] = [before, after].map((options) => `AS ${options.type} ${sequenceOptions(options)}`);
    if (old !== wanted)
      statements.push(
        ...stayWithin(name, before, after),
        `ALTER SEQUENCE ${name} ${wanted}${isApart(before, after) ? ' RESTART' : ''}`,
      );
    return { statements };
  },
  isReplaceable: () => false,
};

/** The value that it is at has to be within the new bounds; it goes on from there if it is. */
function stayWithin(name: string, before: Sequence, after: Sequence): string[] {
  const isNarrower = BigInt(after.min) > BigInt(before.min) || BigInt(after.max) < BigInt(before.max);
  if (!isNarrower || isApart(before, after)) return [];
  const within = `least(greatest(last_value, ${after.min}), ${after.max})`;
  const isCalled = `is_called AND last_value BETWEEN ${after.min} AND ${after.max}`;
  return [`SELECT pg_catalog.setval('${name.replaceAll("'", "''")}', ${within}, ${isCalled}) FROM ${name}`];
}

/** No value of the one is a value of the other. */
function isApart(before: Sequence, after: Sequence): boolean {
  return BigInt(after.min) > BigInt(before.max) || BigInt(after.max) < BigInt(before.min);
}

/** As CREATE and ALTER SEQUENCE take them, and an identity column between parentheses. */
export function sequenceOptions({ start, increment, min, max, cache, cycle }: SequenceOptions): string {
  return `INCREMENT BY ${increment} MINVALUE ${min} MAXVALUE ${max} START WITH ${start} CACHE ${cache} ${cycle ? 'CYCLE' : 'NO CYCLE'}`;
}

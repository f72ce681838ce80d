import { isEqual, type KindSql, type Lookup } from '../kind-sql.ts';

type Index = { definition: string; invalid?: true; clustered?: true; tablespace?: string };

export const index: KindSql<Index> = {
  create({ name, parent, definition: { definition, invalid, clustered, tablespace } }, to) {
    // ON ONLY would leave the partitions without it.
    const sql = invalid ? definition : definition.replace(' ON ONLY ', ' ON ');
    return [
      tablespace ? sql.replace(/( WHERE .*)?$/s, ` TABLESPACE ${tablespace}$1`) : sql,
      ...(clustered ? [`ALTER TABLE ${tableOf(parent, to)} CLUSTER ON ${lastPart(name)}`] : []),
      ...(invalid && !definition.includes(' ON ONLY ')
        ? [`-- the index ${name} should be invalid: a failed CREATE INDEX CONCURRENTLY left it`]
        : []),
    ];
  },
  drop: ({ name }) => [`DROP INDEX ${name}`],
  alter({ name, parent, definition: before }, { definition: after }, { to }) {
    if (after.invalid && !before.invalid)
      return { statements: [`-- the index ${name} should be invalid, which nobody can want`] };
    if (!isEqual({ ...before, clustered: true }, { ...after, clustered: true })) return undefined;
    const action = after.clustered ? `CLUSTER ON ${lastPart(name)}` : 'SET WITHOUT CLUSTER';
    return { statements: [`ALTER TABLE ${tableOf(parent, to)} ${action}`] };
  },
};

function tableOf(parent: string | undefined, lookup: Lookup): string {
  return lookup.get(parent ?? '')!.name;
}

function lastPart(name: string): string {
  return /("(?:[^"]|"")*"|[^.]*)$/.exec(name)![0];
}

import type { KindSql } from '../kind-sql.ts';

type ReplicaIdentity = { identity: string };

export const replicaIdentity: KindSql<ReplicaIdentity> = {
  create: ({ name, definition: { identity } }) => [`ALTER TABLE ${name} REPLICA IDENTITY ${identity}`],
  drop: ({ name }) => [`ALTER TABLE ${name} REPLICA IDENTITY DEFAULT`],
  alter: (_, { name, definition: { identity } }) => ({
    statements: [`ALTER TABLE ${name} REPLICA IDENTITY ${identity}`],
  }),
};

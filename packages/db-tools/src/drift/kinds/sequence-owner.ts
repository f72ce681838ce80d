import type { KindSql } from '../kind-sql.ts';

type SequenceOwner = { column: string };

export const sequenceOwner: KindSql<SequenceOwner> = {
  create: ({ name, definition: { column } }) => [`ALTER SEQUENCE ${name} OWNED BY ${column}`],
  drop: ({ name }) => [`ALTER SEQUENCE ${name} OWNED BY NONE`],
};

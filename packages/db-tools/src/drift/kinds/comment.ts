import { quoteLiteral } from '../../migrator/quote.ts';
import type { KindSql } from '../kind-sql.ts';

type Comment = { text: string };

export const comment: KindSql<Comment> = {
  create: ({ on, definition: { text } }) => [`COMMENT ON ${on} IS ${quoteLiteral(text).trim()}`],
  drop: ({ on }) => [`COMMENT ON ${on} IS NULL`],
  alter: (_, { on, definition: { text } }) => ({ statements: [`COMMENT ON ${on} IS ${quoteLiteral(text).trim()}`] }),
};

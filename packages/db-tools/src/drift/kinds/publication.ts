import type { KindSql } from '../kind-sql.ts';

type Publication = { allTables?: true; tables?: string[]; schemas?: string[]; operations: string; viaRoot?: true };

export const publication: KindSql<Publication> = {
  create({ name, definition: { allTables, tables, schemas, operations, viaRoot } }) {
    const what = [
      ...(tables ? [`TABLE ${tables.join(', ')}`] : []),
      ...(schemas ? [`TABLES IN SCHEMA ${schemas.join(', ')}`] : []),
    ];
    const content = allTables ? ' FOR ALL TABLES' : what.length > 0 ? ` FOR ${what.join(', ')}` : '';
    const options = `publish = '${operations}'${viaRoot ? ', publish_via_partition_root = true' : ''}`;
    return [`CREATE PUBLICATION ${name}${content} WITH (${options})`];
  },
  drop: ({ name }) => [`DROP PUBLICATION ${name}`],
};

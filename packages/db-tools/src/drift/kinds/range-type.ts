import type { KindSql } from '../kind-sql.ts';

type Range = {
  subtype: string;
  collation?: string;
  opclass?: string;
  canonical?: string;
  difference?: string;
  multirange: string;
};

export const rangeType: KindSql<Range> = {
  create({ name, definition: { subtype, collation, opclass, canonical, difference, multirange } }) {
    // A canonical function takes the type itself: a shell of it has to be there first.
    if (canonical)
      return [`-- create the range type ${name} by hand: its canonical function ${canonical} needs a shell type first`];
    const options = [
      `SUBTYPE = ${subtype}`,
      opclass && `SUBTYPE_OPCLASS = ${opclass}`,
      collation && `COLLATION = ${collation}`,
      difference && `SUBTYPE_DIFF = ${difference}`,
      `MULTIRANGE_TYPE_NAME = ${multirange}`,
    ];
    return [`CREATE TYPE ${name} AS RANGE (${options.filter(Boolean).join(', ')})`];
  },
  drop: ({ name }) => [`DROP TYPE ${name}`],
};

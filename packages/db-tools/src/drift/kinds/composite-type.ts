import { isEqual, type KindSql } from '../kind-sql.ts';

type Attribute = [name: string, type: string, collation: string | null];
type Composite = { attributes: Attribute[] };

/** Attributes can be added at the end, dropped anywhere and get another type; their order is part of a row's value. */
export const compositeType: KindSql<Composite> = {
  create: ({ name, definition: { attributes } }) => [`CREATE TYPE ${name} AS (${attributes.map(write).join(', ')})`],
  drop: ({ name }) => [`DROP TYPE ${name}`],
  alter({ name, definition: before }, { definition: after }) {
    const wanted = new Map(after.attributes.map((attribute) => [attribute[0], attribute]));
    const kept = before.attributes.filter(([attribute]) => wanted.has(attribute));
    const order = after.attributes.slice(0, kept.length).map(([attribute]) => attribute);
    if (
      !isEqual(
        order,
        kept.map(([attribute]) => attribute),
      )
    )
      return undefined;
    const actions = [
      ...before.attributes
        .filter(([attribute]) => !wanted.has(attribute))
        .map(([attribute]) => `DROP ATTRIBUTE ${attribute}`),
      ...kept.flatMap((attribute) => changeType(attribute, wanted.get(attribute[0])!)),
      ...after.attributes.slice(kept.length).map((attribute) => `ADD ATTRIBUTE ${write(attribute)}`),
    ];
    return { statements: actions.map((action) => `ALTER TYPE ${name} ${action}`) };
  },
};

function changeType(before: Attribute, after: Attribute): string[] {
  const [name, type, collation] = after;
  return isEqual(before, after) ? [] : [`ALTER ATTRIBUTE ${name} SET DATA TYPE ${type}${collate(collation)}`];
}

function write([name, type, collation]: Attribute): string {
  return `${name} ${type}${collate(collation)}`;
}

function collate(collation: string | null): string {
  return collation === null ? '' : ` COLLATE ${collation}`;
}

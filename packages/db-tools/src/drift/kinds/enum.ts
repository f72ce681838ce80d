import { quoteLiteral } from '../../migrator/quote.ts';
import type { KindSql } from '../kind-sql.ts';

type Enum = { labels: string[] };

/** Labels can be added anywhere; nothing in PostgreSQL takes one away or moves it. */
export const enumeration: KindSql<Enum> = {
  create: ({ name, definition: { labels } }) => [`CREATE TYPE ${name} AS ENUM (${labels.map(literal).join(', ')})`],
  drop: ({ name }) => [`DROP TYPE ${name}`],
  alter({ name, definition: before }, { definition: after }) {
    const kept = after.labels.filter((label) => before.labels.includes(label));
    if (kept.join('\0') !== before.labels.join('\0')) return undefined;
    const statements = after.labels.flatMap((label, index) => {
      if (before.labels.includes(label)) return [];
      const previous = after.labels[index - 1];
      const next = after.labels[index + 1];
      const place =
        previous !== undefined ? ` AFTER ${literal(previous)}` : next !== undefined ? ` BEFORE ${literal(next)}` : '';
      return [`ALTER TYPE ${name} ADD VALUE ${literal(label)}${place}`];
    });
    return { statements };
  },
};

function literal(label: string): string {
  return quoteLiteral(label).trim();
}

import type { Route } from './describe-route.ts';
import { describeMembers, nameOf, resolve } from './describe-type.ts';
import type { ServiceDocument } from './read-openapi.ts';
import { table } from './table.ts';

/** What the routes of a service answer with, each object once; of a page, its items. */
export function describeObjects(service: ServiceDocument, routes: Route[]): string {
  const names = routes.flatMap(({ operation }) =>
    Object.values(operation.responses).flatMap(({ content }) => {
      const schema = content?.['application/json']?.schema;
      if (!schema) return [];
      const { properties = {} } = resolve(schema, service);
      return nameOf(properties.nextCursor ? properties.items!.items! : schema);
    }),
  );
  const sections = [...new Set(names)].map((name) => {
    const rows = describeMembers(service.components.schemas[name]!);
    return `### ${service.name}: ${name}\n\n${table([['member', 'what', ''], ...rows])}`;
  });
  return sections.join('\n');
}

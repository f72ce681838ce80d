import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describeObjects } from './describe-objects.ts';
import { describeRoute, routesOf, UndocumentedRoute } from './describe-route.ts';
import { describeOwnProblems, describeSharedProblems, INTRODUCTION } from './introduction.ts';
import { readOpenApi, type ServiceDocument } from './read-openapi.ts';
import { table } from './table.ts';

export const FILE = join(import.meta.dirname, '../../docs/reference/http.md');

/** The page on every route of every service: what their OpenAPI documents say. */
export function httpReference(services: ServiceDocument[]): string {
  return [INTRODUCTION, describeSharedProblems(), ...services.map(describeService)].join('\n');
}

function describeService(service: ServiceDocument): string {
  const routes = routesOf(service);
  if (routes.length === 0) return `## ${service.name}\n\nNo routes yet.\n`;
  const index = routes.map(({ title, anchor, summary, who }) => [`[${title}](#${anchor})`, summary, who]);
  return [
    `## ${service.name}\n`,
    table([['route', 'does', 'who'], ...index]),
    ...routes.map((route) => describeRoute(route)),
    describeObjects(service, routes),
    ...describeOwnProblems(service),
  ].join('\n');
}

if (import.meta.main) {
  try {
    writeFileSync(FILE, httpReference(await readOpenApi()));
    console.log(`Wrote ${relative(process.cwd(), FILE)}`);
  } catch (error) {
    if (!(error instanceof UndocumentedRoute)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

import type { SharedCode } from '../../packages/service/src/errors/codes.ts';
import { describeMembers, describeType, nameOf, resolve } from './describe-type.ts';
import type { OpenApiResponse, Operation, Schema, ServiceDocument } from './read-openapi.ts';
import { table } from './table.ts';

export interface Route {
  title: string;
  anchor: string;
  summary: string;
  who: string;
  operation: Operation;
  service: ServiceDocument;
}

/** A mistake in a controller, told in a sentence for whoever wrote it. */
export class UndocumentedRoute extends Error {}

/** Without those of every service. Throws an UndocumentedRoute for one without a summary. */
export function routesOf(service: ServiceDocument): Route[] {
  return Object.entries(service.paths)
    .filter(([path]) => !path.startsWith('/health/'))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => {
        const title = `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
        const { summary } = operation;
        if (!summary) throw new UndocumentedRoute(`${title} has no summary: add @Summary('…') to its method.`);
        return { title, anchor: slug(title), summary, who: whoMay(operation), operation, service };
      }),
    );
}

/** Codes that follow from what a request is; the page tells them once. */
export const OF_EVERY_ROUTE: readonly SharedCode[] = [
  'invalid',
  'invalid_json',
  'unauthenticated',
  'request_timeout',
  'body_too_large',
  'unsupported_media_type',
  'internal_error',
  'unavailable',
  'try_again',
  'timeout',
  'outcome_unknown',
];

export function describeRoute({ title, summary, who, operation, service }: Route): string {
  const sent = [...parameters(operation), ...body(operation, service)];
  const answers = Object.entries(operation.responses).filter(([status]) => /^[23]/.test(status));
  return [
    `### ${title}\n`,
    `${summary}; ${who === 'anybody' ? 'for anybody' : 'with a session'}.\n`,
    ...(isList(operation) ? ['A [list](#lists): `limit`, `cursor`, `count`.\n'] : []),
    ...(sent.length > 0 ? [table([['send', 'in', 'what', ''], ...sent])] : []),
    ...answers.map(([status, response]) => `${describeAnswer(status, response, service)}\n`),
    ...describeProblems(operation),
  ].join('\n');
}

function whoMay({ security }: Operation): string {
  return security?.some((requirement) => Object.keys(requirement).length === 0) ? 'anybody' : 'session';
}

const LIST = ['limit', 'cursor', 'count'];

function isList({ parameters = [] }: Operation): boolean {
  return LIST.every((name) => parameters.some((parameter) => parameter.name === name));
}

function parameters(operation: Operation): string[][] {
  const own = (operation.parameters ?? []).filter(({ name }) => !isList(operation) || !LIST.includes(name));
  return own.map(({ name, in: place, required, description, schema }) => {
    const optional = required ? '' : '?';
    return [`\`${name}\`${optional}`, place, describeType(schema), description ?? schema.description ?? ''];
  });
}

function body({ requestBody }: Operation, service: ServiceDocument): string[][] {
  if (!requestBody) return [];
  const schema = resolve(requestBody.content['application/json']!.schema, service);
  return describeMembers(schema).map(([name, ...rest]) => [name!, 'body', ...rest]);
}

function describeAnswer(status: string, response: OpenApiResponse, service: ServiceDocument): string {
  const { description, content = {}, headers = {} } = response;
  const schema = content['application/json']?.schema;
  const own = Object.keys(headers).filter((name) => name !== 'x-request-id');
  const parts = [schema ? describeBody(schema, service) : 'nothing', ...own.map((name) => `\`${name}\``)];
  const note = description === 'Done' ? '' : `. ${description}`;
  return `**${status}** ${parts.join(', ')}${note.replace(/\.$/, '')}.`;
}

function describeBody(schema: Schema, service: ServiceDocument): string {
  const { properties = {} } = resolve(schema, service);
  if (properties.items && properties.nextCursor) return `a page of ${link(properties.items.items!, service)}`;
  return link(schema, service);
}

function link(schema: Schema, { name }: ServiceDocument): string {
  return `[${nameOf(schema)}](#${slug(`${name}: ${nameOf(schema)}`)})`;
}

function describeProblems({ responses }: Operation): string[] {
  const problems = Object.entries(responses).flatMap(([status, { content }]) => {
    const codes = content?.['application/problem+json']?.schema.allOf?.[1]?.properties?.code?.enum ?? [];
    const own = codes.filter((code) => !OF_EVERY_ROUTE.includes(code as SharedCode));
    return own.length > 0 ? [`${status} ${own.map((code) => `\`${code}\``).join(', ')}`] : [];
  });
  return problems.length > 0 ? [`Problems: ${problems.join(' · ')}.\n`] : [];
}

/** As GitHub makes anchors of headings. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

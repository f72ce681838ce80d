import type { Column, Domain, ForeignKey, Model } from './model.ts';

/**
 * The page on the schema: a Mermaid diagram per domain, its enums, and what it points at outside. `picture` is a path
 * beside it.
 */
export function writePage(model: Model, picture: string): string {
  return `# The schema

<!-- Written by \`pnpm db:diagram\` from the newest snapshot of the migrations; a test checks that it is fresh. -->

![Every table by domain, with its columns and foreign keys](${picture})

${model.domains.map((domain) => writeDomain(domain, model.keys)).join('\n')}`;
}

function writeDomain(domain: Domain, keys: ForeignKey[]): string {
  const own = keys.filter(({ from }) => from.startsWith(`${domain.name}.`));
  const out = own
    .filter(({ crosses }) => crosses)
    .map(({ from, column, to, target }) => `- \`${from}.${column}\` → \`${to}.${target}\``);
  const enums = domain.enums.map(
    ({ name, values }) => `- \`${name}\`: ${values.map((value) => `\`${value}\``).join(', ')}`,
  );
  return [
    `## ${domain.name}\n`,
    '```mermaid',
    'erDiagram',
    ...domain.tables.flatMap(({ name, columns }) => [`  ${name} {`, ...columns.map(writeColumn), '  }']),
    ...own.filter(({ crosses }) => !crosses).map(writeKey),
    '```\n',
    ...(out.length > 0 ? ['Points at other domains:\n', ...out, ''] : []),
    ...(enums.length > 0 ? ['Enums:\n', ...enums, ''] : []),
  ].join('\n');
}

function writeColumn({ name, type, nullable, primary, foreign, unique }: Column): string {
  const marks = [primary && 'PK', foreign && 'FK', unique && !primary && 'UK'].filter(Boolean).join(', ');
  return `    ${type.replaceAll(/[^\w()[\]-]/g, '_')} ${name}${marks ? ` ${marks}` : ''}${nullable ? ' "may be null"' : ''}`;
}

function writeKey({ from, to, column, nullable, unique }: ForeignKey): string {
  const name = (path: string) => path.slice(path.indexOf('.') + 1);
  return `  ${name(to)} ${nullable ? '|o' : '||'}--${unique ? 'o|' : 'o{'} ${name(from)} : ${column}`;
}

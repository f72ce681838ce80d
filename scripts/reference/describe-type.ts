import type { Schema, ServiceDocument } from './read-openapi.ts';

/** The members of an object, a row each: name (with a question mark when it may be missing), type, description. */
export function describeMembers(schema: Schema, prefix = ''): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const optional = schema.required?.includes(name) ? '' : '?';
    const row = [`\`${prefix}${name}\`${optional}`, describeType(member), member.description ?? ''];
    return [row, ...describeMembers(member, `${prefix}${name}.`)];
  });
}

/** In words: `text, 1 to 255`. */
export function describeType(schema: Schema): string {
  const parts = [kindOf(schema) + (schema.nullable ? ' or null' : '')];
  const range = rangeOf(schema);
  if (range) parts.push(range);
  if (schema.default !== undefined) parts.push(`default \`${JSON.stringify(schema.default)}\``);
  return parts.join(', ');
}

function kindOf(schema: Schema): string {
  if (schema.$ref) return nameOf(schema);
  if (schema.anyOf) return schema.anyOf.map(kindOf).join(' or ');
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.type === 'array') return `list of ${describeType(schema.items!)}`;
  if (schema.type === 'object') return schema.additionalProperties ? 'object of anything' : 'object';
  return KINDS[schema.format ?? ''] ?? KINDS[schema.type ?? ''] ?? schema.type ?? 'anything';
}

const KINDS: Record<string, string> = { uuid: 'UUID', 'date-time': 'time', email: 'email address', string: 'text' };

/** Nothing for a whole number that is only held to what JSON can say. */
function rangeOf({ minLength, maxLength, minimum, maximum }: Schema): string {
  const least = minLength ?? bounded(minimum);
  const most = maxLength ?? bounded(maximum);
  if (least && most) return `${least} to ${most}`;
  if (most !== undefined) return `up to ${most}`;
  return least === undefined ? '' : `from ${least}`;
}

function bounded(limit: number | undefined): number | undefined {
  return limit === undefined || Math.abs(limit) === Number.MAX_SAFE_INTEGER ? undefined : limit;
}

export function nameOf({ $ref }: Schema): string {
  return $ref!.split('/').at(-1)!;
}

export function resolve(schema: Schema, { components }: ServiceDocument): Schema {
  return schema.$ref ? components.schemas[nameOf(schema)]! : schema;
}

/** Whether values of one type turn into another by themselves (an assignment cast). Unknown types do not. */
export function isAssignable(from: string, to: string): boolean {
  const [a, b] = [readType(from), readType(to)];
  if (a.base === b.base && a.array === b.array) return true;
  if (a.array !== b.array) return b.family === 'text' && !b.array;
  // Everything has a text form that it is assigned as.
  if (b.family === 'text') return true;
  if (a.family === 'number' && b.family === 'number') return true;
  return ASSIGNMENTS[a.base]?.includes(b.base) ?? false;
}

/** Beyond numbers and text, from pg_cast. */
const ASSIGNMENTS: Record<string, string[]> = {
  timestamp: ['timestamptz', 'date', 'time'],
  timestamptz: ['timestamp', 'date', 'time'],
  date: ['timestamp', 'timestamptz'],
  time: ['interval'],
  interval: ['time'],
  cidr: ['inet'],
  inet: ['cidr'],
  json: ['jsonb'],
  jsonb: ['json'],
};

/** Whether the change leaves every row as it is: the catalog changes, the table does not. */
export function keepsRows(from: string, to: string): boolean {
  const [a, b] = [readType(from), readType(to)];
  if (a.array || b.array) return from === to;
  if (b.base === 'text' && (a.base === 'varchar' || a.base === 'text')) return true;
  if (b.base === 'varchar' && (a.base === 'varchar' || a.base === 'text'))
    return b.size === undefined || (a.base === 'varchar' && a.size !== undefined && b.size >= a.size);
  if (a.base === 'numeric' && b.base === 'numeric')
    return b.size === undefined || (a.size !== undefined && b.size >= a.size && a.scale === b.scale);
  if (a.base === b.base && /^(timestamp|timestamptz|time|interval)$/.test(a.base))
    return (b.size ?? 6) >= (a.size ?? 6);
  if (a.base === 'cidr' && b.base === 'inet') return true;
  return a.base === b.base && a.size === b.size;
}

/** Whether the change either keeps every value or fails: what was there before can be had back. Unsure is no. */
export function keepsValues(from: string, to: string): boolean {
  if (keepsRows(from, to)) return true;
  const [a, b] = [readType(from), readType(to)];
  if (a.array !== b.array) return false;
  // A text that is too long makes it fail, and everything has a text form; char(n) pads.
  if (b.family === 'text') return b.base !== 'char' && b.base !== 'citext';
  if (a.base === b.base && a.base === 'numeric') return b.size === undefined || (b.scale ?? 0) >= (a.scale ?? Infinity);
  if (a.base === 'date') return b.base === 'timestamp' || b.base === 'timestamptz';
  return KEEPING[a.base]?.includes(b.base) ?? false;
}

/** A number that is too large makes it fail; a fraction is rounded without a word. */
const KEEPING: Record<string, string[]> = {
  smallint: ['integer', 'bigint', 'numeric', 'real', 'double precision'],
  integer: ['smallint', 'bigint', 'numeric', 'double precision'],
  bigint: ['smallint', 'integer', 'numeric'],
  real: ['double precision'],
};

interface Type {
  base: string;
  family?: 'text' | 'number';
  size?: number;
  scale?: number;
  array: boolean;
}

const ALIASES: Record<string, string> = {
  'character varying': 'varchar',
  character: 'char',
  int: 'integer',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  decimal: 'numeric',
  float4: 'real',
  float8: 'double precision',
  bool: 'boolean',
};

const FAMILIES = {
  text: ['text', 'varchar', 'char', 'citext'],
  number: ['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'],
} as const;

function readType(text: string): Type {
  const lower = text.toLowerCase().replaceAll('"', '').replace(/\s+/g, ' ').trim();
  const [, size, scale] = /\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)/.exec(lower) ?? [];
  const bare = lower
    .replace(/\s*\([^)]*\)/, '')
    .replace(/(\s*\[\d*\])+$/, '')
    .replace(/^pg_catalog\./, '');
  const zoned = bare.replace(/ without time zone$/, '').replace(/^(time|timestamp) with time zone$/, '$1tz');
  const base = ALIASES[zoned] ?? zoned;
  const family = Object.entries(FAMILIES).find(([, names]) => (names as readonly string[]).includes(base))?.[0];
  return {
    base,
    array: /\]$/.test(lower),
    ...(family ? { family: family as keyof typeof FAMILIES } : {}),
    ...(size ? { size: Number(size) } : {}),
    ...(scale ? { scale: Number(scale) } : {}),
  };
}

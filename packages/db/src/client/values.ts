import { isTyped, typed } from './driver.ts';

/**
 * The types that PostgreSQL cannot know from the text of a value alone; the others it infers from where the value
 * stands.
 */
const TYPE = { boolean: 16, bytes: 17, bigint: 20, moment: 1184 };
const ARRAY_OF: Record<number, number> = { 16: 1000, 17: 1001, 20: 1016, 1184: 1185 };

/**
 * A value as a parameter: text, with its type where text does not tell it. Everything is text before it is bound, so
 * that nothing has to be asked of the server first (driver.ts). An array becomes a PostgreSQL array, any other object
 * JSON.
 */
export function toParameter(value: unknown): unknown {
  if (isTyped(value)) return value;
  const type = typeOf(value);
  const text = toText(value);
  return type === undefined || text === null ? text : typed(text, type);
}

/** A value as JSON even where it is an array or a text. */
export const toJson = (value: unknown): object => typed(JSON.stringify(value), 3802);

function typeOf(value: unknown): number | undefined {
  if (typeof value === 'string' || typeof value === 'number' || value === null) return undefined;
  if (typeof value === 'boolean') return TYPE.boolean;
  if (typeof value === 'bigint') return TYPE.bigint;
  if (value instanceof Date) return TYPE.moment;
  if (value instanceof Uint8Array) return TYPE.bytes;
  if (!Array.isArray(value)) return undefined;
  const element = typeOf(value.flat(Number.POSITIVE_INFINITY).find((item) => item !== null));
  return element && ARRAY_OF[element];
}

function toText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (value === null) return null;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (typeof value !== 'object') return scalarText(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array)
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.length).toString('hex')}`;
  if (Array.isArray(value)) return `{${value.map(elementText).join(',')}}`;
  return JSON.stringify(value);
}

function scalarText(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new TypeError(`A parameter of a query is ${typeof value}; give null, or leave the condition out.`);
}

function elementText(value: unknown): string {
  if (Array.isArray(value)) return toText(value)!;
  const text = toText(value);
  return text === null ? 'NULL' : `"${text.replace(/["\\]/g, '\\$&')}"`;
}

type Parse = (text: string) => unknown;

/** Type of the array, by type of its elements: those that are built in. postgres.js would ask the server for them. */
const ARRAYS: Record<number, number> = {
  ...{ 16: 1000, 17: 1001, 18: 1002, 19: 1003, 20: 1016, 21: 1005, 23: 1007, 25: 1009, 26: 1028, 114: 199 },
  ...{ 700: 1021, 701: 1022, 869: 1041, 1042: 1014, 1043: 1015, 1082: 1182, 1083: 1183, 1114: 1115, 1184: 1185 },
  ...{ 1186: 1187, 1266: 1270, 1700: 1231, 2950: 2951, 3802: 3807 },
};

/**
 * Sets how a connection reads values: numbers, booleans and bytes as what they are, everything else as text. That is
 * what the columns of drizzle want; whatever no column reads goes through `readRaw`.
 */
export function setParsers(parsers: Record<number, Parse>): void {
  for (const type of [114, 1082, 1114, 1184, 3802]) delete parsers[type];
  for (const [element, array] of Object.entries(ARRAYS)) {
    const parse = parsers[Number(element)];
    parsers[array] = (text) => parseArray(text, parse);
  }
}

const RAW: Record<number, Parse> = { 114: JSON.parse, 3802: JSON.parse, 1184: (text) => new Date(text) };

/**
 * How a value of this type reads where no column of drizzle reads it: a moment is a Date, JSON a value. Others stay.
 */
export function rawReader(type: number): ((value: unknown) => unknown) | undefined {
  const parse = RAW[type] ?? RAW_OF_ARRAY[type];
  return parse && ((value) => mapNested(value, parse));
}

const RAW_OF_ARRAY: Record<number, Parse> = Object.fromEntries(
  Object.entries(RAW).map(([element, parse]) => [ARRAYS[Number(element)], parse]),
);

function mapNested(value: unknown, parse: Parse): unknown {
  if (Array.isArray(value)) return value.map((item) => mapNested(item, parse));
  return typeof value === 'string' ? parse(value) : value;
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO; drizzle's own reads NULL as a text. */
function parseArray(text: string, parse: Parse | undefined): unknown[] {
  // Bounds, as in [0:1]={1,2}, are told only where they are not the usual ones.
  const tokens = text.slice(text.indexOf('{')).matchAll(/([{}])|"((?:[^"\\]|\\.)*)"|([^{},]+)/gs);
  const stack: unknown[][] = [[]];
  for (const [, brace, quoted, plain] of tokens) {
    const last = stack.at(-1)!;
    if (brace === '{') {
      stack.push([]);
      last.push(stack.at(-1));
    } else if (brace === '}') stack.pop();
    else if (plain?.toUpperCase() === 'NULL') last.push(null);
    else {
      const value = quoted?.replace(/\\(.)/gs, '$1') ?? plain!;
      last.push(parse ? parse(value) : value);
    }
  }
  return stack[0]![0] as unknown[];
}

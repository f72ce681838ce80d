import { z } from 'zod';

type Issue = z.core.$ZodRawIssue;

/**
 * Makes zod say what is wrong as we do: `must be a string`, to be read after the name of a field. What a schema says
 * with `error` goes before this, and what is not told here is zod's own.
 */
export function useOurWords(): void {
  z.config({ customError: describe });
}

function describe(issue: Issue): string | undefined {
  if (issue.input === undefined && (issue.code === 'invalid_type' || issue.code === 'invalid_value'))
    return 'is required';
  if (issue.code === 'invalid_type') return `must be ${TYPES[issue.expected] ?? `of the type ${issue.expected}`}`;
  if (issue.code === 'invalid_value') return `must be ${oneOf(issue.values)}`;
  if (issue.code === 'too_small') return tooSmall(issue);
  if (issue.code === 'too_big') return `must ${amount(issue.origin, bound(issue.inclusive, 'most'), issue.maximum)}`;
  if (issue.code === 'invalid_format') return FORMATS[issue.format];
  if (issue.code === 'not_multiple_of') return `must be a multiple of ${issue.divisor}`;
  return undefined;
}

const TYPES: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
};

const FORMATS: Record<string, string> = {
  uuid: 'must be a UUID',
  email: 'must be an email address',
  url: 'must be a URL',
  date: 'must be a date such as 2026-01-31',
  datetime: 'must be a time such as 2026-01-31T12:00:00Z',
};

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
}

function tooSmall({ origin, inclusive, minimum }: Issue & { code: 'too_small' }): string {
  if (inclusive && minimum === 1 && COUNTED[origin]) return 'must not be empty';
  return `must ${amount(origin, bound(inclusive, 'least'), minimum)}`;
}

function bound(inclusive: boolean | undefined, end: 'least' | 'most'): string {
  if (inclusive !== false) return `at ${end}`;
  return end === 'least' ? 'more than' : 'less than';
}

const COUNTED: Record<string, string> = { string: 'character', array: 'item', set: 'item', map: 'entry' };

function amount(origin: string, bound: string, limit: number | bigint): string {
  const unit = COUNTED[origin];
  if (!unit) return `be ${bound} ${limit}`;
  return `have ${bound} ${limit} ${unit}${Number(limit) === 1 ? '' : 's'}`;
}

import { applyDecorators } from '@nestjs/common';
import type { ErrorCode } from '../errors/codes.ts';
import { documented } from './documented.decorator.ts';
import type { HeaderName } from './headers.ts';

const PROBLEM = 'x-problem-';
const HEADER = 'x-header-';

/** Notes at the route that it answers with these problems, beside those of every route. */
export function noteProblems(...codes: ErrorCode[]): MethodDecorator {
  return note(PROBLEM, codes);
}

/** Notes at the route that what it answers has these headers. */
export function noteHeaders(...names: HeaderName[]): MethodDecorator {
  return note(HEADER, names);
}

/**
 * Takes the notes out of an operation of the document. They are extensions of it, because Nest keeps one description of
 * a status: two decorators that each know a code of it would overwrite each other.
 */
export function takeNotes(operation: object): { codes: ErrorCode[]; headers: HeaderName[] } {
  return { codes: take(operation, PROBLEM) as ErrorCode[], headers: take(operation, HEADER) as HeaderName[] };
}

function note(prefix: string, names: string[]): MethodDecorator {
  return applyDecorators(...names.map((name) => documented(({ ApiExtension }) => ApiExtension(prefix + name, true))));
}

function take(operation: object, prefix: string): string[] {
  const keys = Object.keys(operation).filter((key) => key.startsWith(prefix));
  for (const key of keys) Reflect.deleteProperty(operation, key);
  return keys.map((key) => key.slice(prefix.length)).sort();
}

import type { ErrorCode } from '../errors/codes.ts';
import { noteProblems } from './notes.ts';

/**
 * Documents the codes that are this route's own. Those that follow from what a route is are documented for it: of
 * input, of a session, of If-Match and Idempotency-Key, of lists, of the database.
 */
export function ApiProblems(...codes: ErrorCode[]): MethodDecorator {
  return noteProblems(...codes);
}

import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.ts';
import { OnAnswer } from '../http/on-answer.decorator.ts';
import { documented } from '../openapi/documented.decorator.ts';
import { noteHeaders, noteProblems } from '../openapi/notes.ts';

/** The entity tag of a version: `"3"`. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * The version that an If-Match header names. Throws `precondition_required` (428) without one, `invalid` (400) for what
 * is none, such as a version without its quotes, and `precondition_failed` (412) for one that no version of ours can
 * match: a weak tag never does (RFC 9110, 13.1.1), and `*` or a list would change what the client has not seen, which
 * is what the header is here to prevent.
 */
export function parseIfMatch(header: string | undefined): number {
  if (header === undefined) {
    throw new DomainError('precondition_required', 'Send If-Match with the ETag that this change starts from.');
  }
  const version = /^"([1-9]\d{0,8})"$/.exec(header)?.[1];
  if (version) return Number(version);
  if (ETAGS.test(header)) throw stale();
  throw new DomainError('invalid', 'If-Match is an ETag as it was answered, in its quotes: "1".');
}

/** `*`, or a list: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 */
const ETAGS = /^(?:\*|(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?:[ \t]*,[ \t]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")*)$/;

/** The thing has changed since the client read it: no row came back from a write with `where version = ?`. */
export function stale(): DomainError {
  return new DomainError('precondition_failed', 'This has changed since it was read. Read it again for its ETag.');
}

/** The version that the request may change: `update(@IfMatch() version: number)`. Document with @NeedsIfMatch(). */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): number =>
  parseIfMatch(context.switchToHttp().getRequest<FastifyRequest>().headers['if-match']),
);

/** Documents the If-Match header of a route that uses @IfMatch(), and its problems. */
export function NeedsIfMatch(): MethodDecorator {
  return applyDecorators(
    documented(({ ApiHeader }) =>
      ApiHeader({ name: 'If-Match', required: true, description: 'The ETag that was read', example: '"1"' }),
    ),
    noteProblems('precondition_required', 'precondition_failed'),
  );
}

/** Answers with `ETag: "<version>"`, from the `version` of what the handler returns. */
export function WithETag(): MethodDecorator {
  return applyDecorators(
    OnAnswer(({ version }: { version: number }, reply) => void reply.header('etag', etagOf(version))),
    noteHeaders('ETag'),
  );
}

import { createHash } from 'node:crypto';
import { applyDecorators, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../errors/domain-error.ts';
import { documented } from '../openapi/documented.decorator.ts';
import { noteHeaders, noteProblems } from '../openapi/notes.ts';

/**
 * The Idempotency-Key header, validated: `create(@IdempotencyKey() key: string)`. Document with @NeedsIdempotencyKey().
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export const IdempotencyKey = createParamDecorator((_: unknown, context: ExecutionContext): string =>
  parseIdempotencyKey(context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key']),
);

/**
 * Throws `idempotency_key_required` without one, `idempotency_key_invalid` for one that is not 1 to 255 visible ASCII
 * characters.
 */
function parseIdempotencyKey(header: string | string[] | undefined): string {
  if (header === undefined) {
    throw new DomainError(
      'idempotency_key_required',
      'Send an Idempotency-Key, new for each thing to do and the same when trying again.',
    );
  }
  if (typeof header !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(header)) {
    throw new DomainError(
      'idempotency_key_invalid',
      'An Idempotency-Key has 1 to 255 visible ASCII characters, such as a UUID.',
    );
  }
  return header;
}

/** SHA-256 of the request's meaning: the same for the same members in any order. For what JSON can say. */
export function hashRequest(body: unknown): Buffer {
  return createHash('sha256').update(canonicalJson(body)).digest();
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** The key was used for something else. */
export function reusedKey(): DomainError {
  return new DomainError('idempotency_key_reused', 'This Idempotency-Key was used with another body.');
}

/** The request that came first with this key has not ended. */
export function keyInUse(): DomainError {
  return new DomainError(
    'idempotency_key_in_use',
    'A request with this Idempotency-Key is being worked on. Try again.',
  );
}

/** Marks the answer as the stored one of an earlier request. */
export function markReplayed(reply: FastifyReply): void {
  reply.header('idempotent-replayed', 'true');
}

/** Documents the header of a route that uses @IdempotencyKey(), and its problems. */
export function NeedsIdempotencyKey(): MethodDecorator {
  return applyDecorators(
    documented(({ ApiHeader }) =>
      ApiHeader({
        name: 'Idempotency-Key',
        required: true,
        description: 'New for each thing to do, the same when trying again; kept for as long as what it made',
        example: '01936d5e-8b4c-7a3e-9f10-2b6f3c4d5e6f',
      }),
    ),
    noteHeaders('Idempotent-Replayed'),
    noteProblems(
      'idempotency_key_required',
      'idempotency_key_invalid',
      'idempotency_key_in_use',
      'idempotency_key_reused',
    ),
  );
}

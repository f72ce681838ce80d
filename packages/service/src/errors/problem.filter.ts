import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { allowedMethods } from '../http/allowed-methods.ts';
import type { Codes, ErrorCode } from './codes.ts';
import { DomainError } from './domain-error.ts';
import { PROBLEM_CONTENT_TYPE, type Problem, toProblem } from './problem.ts';
import { codeOfDatabaseError } from './sqlstate.ts';

/**
 * Answers every error, whatever threw it, as a problem. nest-problem-details-filter (1.10) sees HttpExceptions
 * only, so domain errors, SQLSTATEs and bugs would need a second filter that feeds it, longer than this one.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Errors');
  private readonly security = new Logger('Security');

  constructor(private readonly codes: Codes) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const cause = explain(error, request, reply);
    const problem = toProblem(cause, this.codes, request.id);
    this.log(cause, problem);
    // Someone tried what is not theirs to do (OWASP ASVS 16.3.2).
    if (problem.status === 403) {
      this.security.warn({ event: 'forbidden', code: problem.code, userId: request.user?.id }, 'Refused');
    }
    sendProblem(reply, problem);
  }

  private log(error: unknown, { status, code }: Problem): void {
    // A rule that did its work.
    if (error instanceof DomainError) return;
    if (status >= 500) this.logger.error({ err: error }, code);
    // The client is told that it is to blame, and as likely we are: neither validation nor a rule has stopped it
    // before.
    else if (codeOfDatabaseError(error)) this.logger.warn({ err: error }, code);
  }
}

/** Sends the problem with the headers that belong to its status. */
export function sendProblem(reply: FastifyReply, problem: Problem): void {
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  const retryAfter = problem.retryAfter ?? (RETRY_SOON.includes(problem.code) ? 1 : undefined);
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  reply.code(problem.status).type(PROBLEM_CONTENT_TYPE).send(JSON.stringify(problem));
}

/** With `Retry-After: 1`: what stands against the request is expected to pass. */
export const RETRY_SOON: readonly ErrorCode[] = ['idempotency_key_in_use', 'not_ready', 'try_again', 'unavailable'];

function explain(error: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
  if (request.is404) return unknownRoute(request, reply);
  // Its ECONNRESET is the client's, and nothing to wake anyone for.
  if (request.raw.destroyed && !request.raw.complete)
    return new DomainError('invalid', 'The connection was closed before all of the body had come.');
  return error;
}

function unknownRoute(request: FastifyRequest, reply: FastifyReply): DomainError {
  const path = request.url.split('?')[0] ?? '/';
  const allowed = allowedMethods(request.server, path);
  if (allowed.length === 0) return new DomainError('route_not_found', 'There is nothing at this path.');
  reply.header('allow', allowed.join(', '));
  return new DomainError('method_not_allowed', `This path takes ${allowed.join(', ')}.`);
}

import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA, RouteParamtypes } from '@nestjs/common/internal';
import type { FastifyRequest } from 'fastify';
import type { FieldError } from '../errors/domain-error.ts';
import { invalid, pointerOf } from './validation.pipe.ts';

type Handler = ReturnType<ExecutionContext['getHandler']>;

/**
 * Refuses what no schema gets to see: parameters at a route that takes none, which a client believes to have an effect,
 * and escapes that are no UTF-8, which Fastify leaves as they are.
 */
@Injectable()
export class QueryGuard implements CanActivate {
  private readonly known = new WeakMap<Handler, boolean>();

  canActivate(context: ExecutionContext): boolean {
    const { url, query } = context.getArgByIndex<FastifyRequest>(0);
    const start = url.search(/[?#]/);
    if (start < 0) return true;
    const broken = brokenParameters(url.slice(start + 1));
    if (broken.length > 0) throw invalid(broken);
    if (this.takesQuery(context)) return true;
    const names = Object.keys(query as object);
    if (names.length > 0)
      throw invalid(names.map((name) => ({ pointer: pointerOf([name]), detail: 'is not known here' })));
    return true;
  }

  private takesQuery(context: ExecutionContext): boolean {
    const handler = context.getHandler();
    const known = this.known.get(handler) ?? hasQueryParameter(context.getClass(), handler.name);
    this.known.set(handler, known);
    return known;
  }
}

/** Whether a parameter of the handler is a @Query(). */
function hasQueryParameter(controller: object, handler: string): boolean {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) ?? {};
  return Object.keys(parameters).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
}

function brokenParameters(query: string): FieldError[] {
  if (!query.includes('%') || isDecodable(query)) return [];
  return query
    .split('&')
    .filter((parameter) => !isDecodable(parameter))
    .map((parameter) => ({ pointer: pointerOf(parameter.split('=', 1)), detail: 'must be UTF-8 in percent-encoding' }));
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}

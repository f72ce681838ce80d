import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

type AnswerHook = (answer: never, reply: FastifyReply, request: FastifyRequest) => void;

const hooksOf = new WeakMap<object, AnswerHook[]>();

/**
 * Runs `hook` with what the route's handler returned, before it is written, to add headers. What an interceptor would
 * do in Nest: one interceptor makes a route go through five observables, a tenth of the CPU of a read.
 */
export function OnAnswer<Answer>(
  hook: (answer: Answer, reply: FastifyReply, request: FastifyRequest) => void,
): MethodDecorator {
  return (target, key, descriptor: PropertyDescriptor) => {
    const hooks = hooksOf.get(descriptor.value) ?? [];
    hooks.push(hook as AnswerHook);
    hooksOf.set(descriptor.value, hooks);
    RouteConfig({ onAnswer: hooks })(target, key, descriptor);
  };
}

/** For the server to do what OnAnswer says. */
export function runAnswerHooks(server: FastifyInstance): void {
  server.addHook('preSerialization', (request, reply, answer, done) => {
    const { onAnswer } = request.routeOptions.config as { onAnswer?: AnswerHook[] };
    if (onAnswer) for (const hook of onAnswer) hook(answer as never, reply, request);
    done(null, answer);
  });
}

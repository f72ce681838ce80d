import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import type { FastifyServerOptions } from 'fastify';
import type { z } from 'zod';
import { responseSchema } from './response-schema.ts';

const SCHEMA = Symbol('schema');

/** What the answers of a route look like, for `lazySerializers` to write them by. */
export function writtenBy(schema: z.ZodType): object {
  return { type: 'object', [SCHEMA]: schema };
}

/**
 * Fastify's own compiler of serialisers, or where that would not write the same, zod's parser; asked at the first
 * answer of a route: all at once would be a fifth of the time to start.
 */
export const lazySerializers: FastifyServerOptions['schemaController'] = {
  compilersFactory: {
    buildSerializer: (externalSchemas, options) => {
      const compile = SerializerSelector()(externalSchemas, options);
      return (route) => {
        let write: Serializer | undefined;
        return (answer) => {
          write ??= serializerOf(route as Route, compile);
          return write(answer);
        };
      };
    },
  },
};

type Serializer = (answer: unknown) => string;
type Compile = ReturnType<ReturnType<typeof SerializerSelector>>;
type Route = Parameters<Compile>[0] & { schema: { [SCHEMA]: z.ZodType } };

function serializerOf(route: Route, compile: Compile): Serializer {
  const zod = route.schema[SCHEMA];
  const schema = responseSchema(zod);
  return schema ? compile({ ...route, schema }) : (answer) => JSON.stringify(zod.parse(answer));
}

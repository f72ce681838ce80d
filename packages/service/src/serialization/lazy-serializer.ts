import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import type { FastifyServerOptions } from 'fastify';

/** Fastify's own compiler of serialisers, asked at the first answer of a route: all at once would be a tenth of the time to start. */
export const lazySerializers: FastifyServerOptions['schemaController'] = {
  compilersFactory: {
    buildSerializer: (externalSchemas, options) => {
      const compile = SerializerSelector()(externalSchemas, options);
      return (route) => {
        let write: ReturnType<typeof compile> | undefined;
        return (answer) => {
          write ??= compile(route as Parameters<typeof compile>[0]);
          return write(answer);
        };
      };
    },
  },
};

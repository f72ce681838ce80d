import type { FastifyInstance } from 'fastify';

const routesOf = new WeakMap<object, { method: string; pattern: RegExp }[]>();

/** Remembers each route as it is added: Fastify's router does not tell which methods a path would take. */
export function rememberRoutes(server: FastifyInstance): void {
  const routes: { method: string; pattern: RegExp }[] = [];
  routesOf.set(server.server, routes);
  server.addHook('onRoute', ({ url, method }) => {
    // @fastify/cors answers OPTIONS at every path.
    if (url === '*') return;
    const pattern = new RegExp(
      `^${url
        .replaceAll(/[.+^$()|[\]\\]/g, '\\$&')
        .replaceAll(/:[^/]+/g, '[^/]+')
        .replaceAll('*', '.*')}$`,
    );
    for (const name of [method].flat()) routes.push({ method: name, pattern });
  });
}

/** The methods that some route takes at this path, for the Allow header of a 405; none when there is no such path. */
export function allowedMethods(server: FastifyInstance, path: string): string[] {
  const routes = routesOf.get(server.server) ?? [];
  return [...new Set(routes.filter((route) => route.pattern.test(path)).map((route) => route.method))].sort();
}

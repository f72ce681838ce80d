import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { selfContained } from '@org/db/build';
import { migrationsDirectory } from '@org/db/migrate';
import type { Plugin, RolldownOptions } from 'rolldown';

/**
 * The rolldown configuration of a service: `dist/` becomes one self-contained folder, main.js and what it loads with
 * source maps, the migrations and the assets of /docs, which runs by `node dist/main.js` with no node_modules anywhere
 * above.
 */
export function serviceBundle(): RolldownOptions {
  return {
    input: { service: 'src/main.ts' },
    ...selfContained,
    external: OPTIONAL,
    plugins: [builtins(), files()],
  };
}

// Before the service, so that its code comes from V8's compile cache where an image brings one (a third of the time to
// start), and since process 1 of a container gets no signal that it does not listen to. The listener stays: a signal
// that comes while code is being loaded is told of later, and would be lost with it.
const MAIN = `import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.listenerCount(signal) > 1 || process.exit(0));
const cache = join(import.meta.dirname, 'compile-cache');
if (existsSync(cache)) enableCompileCache(cache);
await import('./service.js');
`;

// What Nest tries to import and does without.
const OPTIONAL = [
  /^@fastify\/(multipart|view)$/,
  /^@nestjs\/(microservices|platform-express|websockets)(\/|$)/,
  /^class-(transformer|validator)$/,
];

/**
 * Node's own modules without import: that reads everything that a module exports, and one look at `WebSocket` of
 * node:http loads undici, a tenth of the time to start.
 */
function builtins(): Plugin {
  const imports = /^import (?:\* as )?([\w$]+)?(?:, )?({.*})? from "(.+)";$/gm;
  return {
    name: 'builtins',
    renderChunk: (code) => ({
      code: code.replace(imports, (statement, whole?: string, names?: string, id = '') => {
        if (!isBuiltin(id)) return statement;
        const module = `process.getBuiltinModule('${id}')`;
        const bindings = [whole, names?.replaceAll(' as ', ': ')].filter((binding) => binding !== undefined);
        return bindings.map((binding) => `const ${binding} = ${module};`).join(' ');
      }),
      // Line by line the same.
      map: null,
    }),
  };
}

function files(): Plugin {
  return {
    name: 'files',
    writeBundle({ dir }) {
      const dist = dir!;
      writeFileSync(join(dist, 'package.json'), '{ "type": "module" }\n');
      writeFileSync(join(dist, 'main.js'), MAIN);
      // Snapshots are for `db generate`.
      const filter = (file: string) => !file.endsWith('_snapshot.json');
      cpSync(migrationsDirectory(), join(dist, 'migrations'), { recursive: true, filter });
      copySwaggerUi(join(dist, 'swagger-ui'));
    },
  };
}

/** What the page loads; the package also has source maps and an ES module build, ten times as large. */
function copySwaggerUi(to: string): void {
  const swagger = createRequire(import.meta.url).resolve('@nestjs/swagger');
  const from = dirname(createRequire(swagger).resolve('swagger-ui-dist/package.json'));
  const needed = [
    'swagger-ui.css',
    'swagger-ui-bundle.js',
    'swagger-ui-standalone-preset.js',
    'favicon-16x16.png',
    'favicon-32x32.png',
  ];
  for (const file of readdirSync(from).filter((name) => needed.includes(name)))
    cpSync(join(from, file), join(to, file));
}

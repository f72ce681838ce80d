import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };

const built = (source: string) => source.replace(/^\.\/src\/(.*)\.ts$/, './dist/$1.js');

test('the packed package exports what the workspace does, built', () => {
  const sources = Object.entries<string>(manifest.exports);
  for (const [, source] of sources.filter(([name]) => !name.includes('*'))) {
    expect(existsSync(join(import.meta.dirname, '..', source)), source).toBe(true);
  }
  expect(manifest.publishConfig.exports).toEqual(
    Object.fromEntries(sources.map(([name, source]) => [name, built(source)])),
  );
  expect(manifest.publishConfig.bin.db).toBe(built(manifest.bin.db));
});

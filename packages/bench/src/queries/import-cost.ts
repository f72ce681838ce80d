import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { rolldown } from 'rolldown';

export interface ImportCost {
  name: string;
  milliseconds: number;
  megabytes: number;
}

/**
 * What it costs a process to import @org/db, as tests do and bundled as services are; of an empty module for
 * comparison.
 */
export async function importCost(): Promise<ImportCost[]> {
  const root = path.resolve(import.meta.dirname, '../..');
  const folder = mkdtempSync(path.join(root, '.import-'));
  try {
    writeFileSync(path.join(folder, 'empty.mjs'), '');
    writeFileSync(path.join(folder, 'source.mjs'), `export { getDatabase } from '@org/db';`);
    const bundle = await rolldown({ input: path.join(folder, 'source.mjs'), platform: 'node', logLevel: 'silent' });
    await bundle.write({ file: path.join(folder, 'bundled.mjs'), codeSplitting: false });
    return ['empty', 'bundled', 'source'].map((name) => measure(name, path.join(folder, `${name}.mjs`)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Not resourceUsage().maxRSS: on Linux that begins with what the parent had when it forked.
const SCRIPT = `const start = performance.now(); await import(process.argv[1]);
console.log(JSON.stringify([performance.now() - start, process.memoryUsage.rss() / 1024 ** 2]))`;

function measure(name: string, file: string): ImportCost {
  const runs = Array.from({ length: 7 }, () => {
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', SCRIPT, file], { encoding: 'utf8' });
    return JSON.parse(stdout) as [number, number];
  });
  const [milliseconds, megabytes] = runs.sort(([a], [b]) => a - b)[3]!;
  return { name, milliseconds, megabytes };
}

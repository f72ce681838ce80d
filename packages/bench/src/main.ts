import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

const folder = path.join(import.meta.dirname, 'benches');
const names = readdirSync(folder).map((file) => path.basename(file, '.ts'));
const name = process.argv[2] ?? '';
if (!existsSync(path.join(folder, `${name}.ts`))) {
  console.error(`There is no bench "${name}". One of: ${names.map((known) => `pnpm bench ${known}`).join(', ')}`);
  process.exit(1);
}
const { default: run } = await import(path.join(folder, `${name}.ts`));
await run();

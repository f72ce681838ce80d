/**
 * `pnpm test:docs`: types what the guides say, each in its order, in a fresh clone of the last commit. The word behind
 * the language of a block says what is done with it, see test-docs/read-blocks.ts; blocks without one are left alone.
 *
 * All guides share the clone and its install; between two of them files, branches and database begin anew. `--page
 * <file>` types one page, as it is in this checkout.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { beginAnew, makeClone, stopClone } from './test-docs/clone.ts';
import { perform } from './test-docs/perform.ts';
import { type Block, readBlocks } from './test-docs/read-blocks.ts';
import { isMissing } from './test-docs/type.ts';

const root = path.join(import.meta.dirname, '..');
const { values: options } = parseArgs({ options: { page: { type: 'string', multiple: true } } });

const pages = (options.page ?? globSync('docs/**/*.md', { cwd: root }).sort())
  .map((page) => ({ page, blocks: readBlocks(readFileSync(path.join(root, page), 'utf8')) }))
  .filter(({ blocks }) => blocks.length > 0);

const sandbox = mkdtempSync(path.join(tmpdir(), 'stratum docs-'));
const clone = path.join(sandbox, 'stratum');
const begun = performance.now();
try {
  await makeClone(root, clone);
  console.log(`a clone and its install: ${seconds(begun)}`);
  for (const [number, { page, blocks }] of pages.entries()) {
    if (number > 0) await beginAnew(clone);
    await follow(page, blocks);
  }
  console.log(`${pages.length} guides: ${seconds(begun)}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await stopClone(clone);
  rmSync(sandbox, { recursive: true, force: true });
}

async function follow(page: string, blocks: Block[]): Promise<void> {
  const begun = performance.now();
  const skipped = blocks.filter(({ needs }) => needs && isMissing(needs));
  if (skipped.length > 0 && process.env.CI)
    throw new Error(`${skipped[0]!.needs} is missing: scripts/install-test-packages`);
  if (skipped.length > 0)
    console.log(`skip  ${page}: ${skipped.length} steps need ${skipped[0]!.needs}: scripts/install-test-packages`);
  for (const block of blocks.filter((block) => !skipped.includes(block))) {
    await perform(clone, block).catch((error: Error) => {
      throw new Error(`${page}:${block.line} does not work: ${error.message}`);
    });
  }
  console.log(`ok    ${page}: ${blocks.length - skipped.length} steps, ${seconds(begun)}`);
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(0)} s`;
}

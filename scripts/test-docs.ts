/**
 * `pnpm test:docs`: types what a guide says, in its order, in a fresh clone of the last commit.
 *
 * Of its blocks, those marked `sh runnable` are run, `new <file>` are written, and `diff <file>` are made: the lines without a
 * plus have to be there, once. `--page <file>` takes the page from this checkout; without it, every page that has such blocks.
 */
import { execFile, spawn } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..');
const { values: options } = parseArgs({ options: { page: { type: 'string', multiple: true } } });

interface Block {
  line: number;
  language: string;
  does: 'run' | 'write' | 'change';
  file: string;
  text: string;
}

const every = options.page ?? globSync('docs/**/*.md', { cwd: root }).sort();
const pages = every.map((page) => ({ page, blocks: readBlocks(readFileSync(path.join(root, page), 'utf8')) }));
for (const { page, blocks } of pages.filter(({ blocks }) => blocks.length > 0)) await follow(page, blocks);

/** Each page in a clone of its own, so that none relies on another. */
async function follow(page: string, blocks: Block[]): Promise<void> {
  const sandbox = mkdtempSync(path.join(tmpdir(), 'stratum docs-'));
  const clone = path.join(sandbox, 'stratum');
  const begun = performance.now();
  try {
    await run('git', ['clone', '--quiet', root, clone]);
    await type(clone, 'pnpm install');
    for (const block of blocks) {
      console.log(`${page}:${block.line} ${block.does} ${block.file}`);
      await perform(clone, block).catch((error: Error) => {
        throw new Error(`${page}:${block.line} does not work: ${error.message}`);
      });
    }
    console.log(`${page}: ${blocks.length} steps, ${Math.round((performance.now() - begun) / 1000)} s`);
  } finally {
    await type(clone, 'pnpm db stop').catch(() => {});
    rmSync(sandbox, { recursive: true, force: true });
  }
}

function readBlocks(page: string): Block[] {
  return [...page.matchAll(/^ *```(\w+) (runnable|new|\S+)(?: (\S+))?\n([\s\S]*?)^ *```$/gm)].flatMap(
    (match): Block[] => {
      const [, language, word, file, text] = match as unknown as [string, string, string, string | undefined, string];
      const line = page.slice(0, match.index).split('\n').length;
      if (word === 'runnable') return [{ line, language, does: 'run', file: '', text }];
      if (word === 'new') return [{ line, language, does: 'write', file: file!, text }];
      return language === 'diff' ? [{ line, language, does: 'change', file: word, text }] : [];
    },
  );
}

async function perform(clone: string, { does, file, text }: Block): Promise<void> {
  const target = path.join(clone, file);
  if (does === 'run') return type(clone, text);
  if (does === 'write') {
    mkdirSync(path.dirname(target), { recursive: true });
    return writeFileSync(target, text);
  }
  const side = (without: string) =>
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(without))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const parts = readFileSync(target, 'utf8').split(side('+'));
  if (parts.length !== 2) throw new Error(`its old lines are in ${file} ${parts.length - 1} times, not once`);
  writeFileSync(target, parts.join(side('-')));
}

/** As a person would, in the clone; what it prints is shown when it fails. */
function type(clone: string, commands: string): Promise<void> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', commands], {
    cwd: clone,
    env: { ...ownEnvironment(), PATH: `${path.join(clone, 'node_modules/.bin')}${path.delimiter}${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what it left running ends with it.
    detached: true,
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (printed += part));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => endGroup(child.pid!));
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`it ended with ${code}\n${commands}\n${printed.slice(-4000)}`)),
    );
  });
}

/** The local PostgreSQL has left the group, and is stopped at the end. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // Nothing is left of it.
  }
}

/** Without what would lead to another database, and without CI: a person types this. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(CI|NODE_ENV|DATABASE_URL.*|DB_.*|.*_DATABASE_URL|TEST_DATABASE_URL|npm_.*|VITEST.*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

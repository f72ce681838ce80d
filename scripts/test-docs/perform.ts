import { appendFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Block } from './read-blocks.ts';
import { compareTranscript, readTranscript } from './transcript.ts';
import { type } from './type.ts';

/** Does in the clone what the block says. */
export async function perform(clone: string, { does, file, text }: Block): Promise<void> {
  if (does === 'run') return void (await type(clone, text));
  if (does === 'transcript') {
    for (const { command, expected } of readTranscript(text)) {
      const { printed } = await type(clone, withTags(clone, command), { mayFail: expected.length > 0 });
      compareTranscript(command, expected, printed);
    }
    return;
  }
  const target = find(clone, file);
  if (does === 'append') return appendFileSync(target, text);
  if (does === 'change') return change(target, file, text);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
}

/** A migration has another number when the template has others before it. */
function withTags(clone: string, command: string): string {
  return command.replaceAll(/\b\d{4}_(\w+)/g, (tag, name) => {
    const [file] = globSync(`packages/db/migrations/*_${name}.sql`, { cwd: clone });
    return file ? path.basename(file, '.sql') : tag;
  });
}

function find(clone: string, file: string): string {
  if (!file.includes('*')) return path.join(clone, file);
  const found = globSync(file, { cwd: clone });
  if (found.length !== 1) throw new Error(`${file} is ${found.length} files, not one: ${found.join(', ')}`);
  return path.join(clone, found[0]!);
}

function change(target: string, file: string, diff: string): void {
  const side = (without: string) =>
    diff
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(without))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const parts = readFileSync(target, 'utf8').split(side('+'));
  if (parts.length !== 2) throw new Error(`its old lines are in ${file} ${parts.length - 1} times, not once`);
  writeFileSync(target, parts.join(side('-')));
}

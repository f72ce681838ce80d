/** A block of a page that something is done with. */
export interface Block {
  line: number;
  /**
   * - `run`: its lines are typed;
   * - `transcript`: the lines after `$ ` are typed, and the others are what is then seen;
   * - `write`: it is the content of `file`, where a `*` stands for what is found there;
   * - `append`: it is put at the end of `file`;
   * - `change`: it is a diff of `file`, whose old lines are there once.
   */
  does: 'run' | 'transcript' | 'write' | 'append' | 'change';
  file: string;
  text: string;
  /** A program without which it is left out. */
  needs?: string | undefined;
}

/**
 * The blocks that say what they are for: `sh runnable`, `console runnable`, both with `needs=<program>` where that is
 * so, `<language> new <file>`, `<language> append <file>`, `diff <file>`.
 */
export function readBlocks(page: string): Block[] {
  return [...page.matchAll(/^( *)```(\w+) ([^\n]+)\n([\s\S]*?)^ *```$/gm)].flatMap((match): Block[] => {
    const [, margin, language, words, indented] = match as unknown as [string, string, string, string, string];
    const text = indented.replaceAll(new RegExp(`^${margin}`, 'gm'), '');
    const line = page.slice(0, match.index).split('\n').length;
    const [word, file = ''] = words.split(' ') as [string, string?];
    if (word === 'runnable') {
      const needs = /^needs=(\w+)$/.exec(file)?.[1];
      return [{ line, does: language === 'console' ? 'transcript' : 'run', file: '', text, needs }];
    }
    if (word === 'new') return [{ line, does: 'write', file, text }];
    if (word === 'append') return [{ line, does: 'append', file, text }];
    return language === 'diff' ? [{ line, does: 'change', file: word, text }] : [];
  });
}

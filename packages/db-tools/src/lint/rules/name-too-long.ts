import { createHash } from 'node:crypto';
import { tokenize } from '../../migrator/lexer.ts';
import type { Problem, Rule } from '../rule.ts';
import { sameFile } from '../safe-form.ts';

export const nameTooLong: Rule = {
  name: 'name-too-long',
  level: 'error',
  squawk: ['identifier-too-long'],
  check: (file) =>
    file.statements.flatMap((statement): Problem[] => {
      const names = longNames(statement.text);
      if (names.length === 0) return [];
      return [
        {
          at: statement,
          message: `PostgreSQL keeps 63 bytes of a name: ${names.map(({ name }) => `${name} has ${Buffer.byteLength(name)}`).join(', ')}. Two names may become one, and the schema and the database differ from then on. Give the name in the schema.`,
          safe: [sameFile(file.path, `${shorten(statement.text)};`)],
        },
      ];
    }),
};

function longNames(text: string): { name: string; start: number; end: number }[] {
  return [...tokenize(text)]
    .filter(({ kind, text: name }) => (kind === 'word' || kind === 'quoted') && Buffer.byteLength(name) > 63)
    .map(({ kind, text: name, start, end }) => ({ name: kind === 'word' ? name.toLowerCase() : name, start, end }));
}

function shorten(text: string): string {
  let result = text;
  for (const { name, start, end } of longNames(text).reverse()) {
    const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
    let kept = name;
    while (Buffer.byteLength(kept) > 54) kept = kept.slice(0, -1);
    result = `${result.slice(0, start)}"${kept.replaceAll('"', '""')}_${hash}"${result.slice(end)}`;
  }
  return result;
}

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const docs = path.join(import.meta.dirname, '../../../docs');
const page = readFileSync(path.join(docs, 'security.md'), 'utf8');

/** `- **1.2.3** what: where` */
const rows = [...page.matchAll(/^- \*\*(\d+\.\d+\.\d+)\*\* [^:]+: (.+)$/gm)].map(([, id, where]) => ({ id, where }));

describe('docs/security.md', () => {
  test('has every requirement of level 1 of OWASP ASVS 5.0, each once', () => {
    const level1 = page.slice(page.indexOf('### Level 1'), page.indexOf('### Above level 1'));
    expect(level1.match(/^- \*\*\d/gm)).toHaveLength(70);
    expect(rows).toHaveLength(page.match(/^- \*\*\d/gm)!.length);
    const ids = rows.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  test.each(rows)('$id points to tests that there are, or says why there is none', ({ where }) => {
    // [name](path) “title”, “title”
    const files = [...where!.matchAll(/\[[^\]]+\]\(([^)]+)\)((?:[,:]? ?“[^”]+”)+)/g)];
    if (files.length === 0) return expect(where).toMatch(/^(None|Above|As|No cookies)/);
    for (const [, file, titles] of files) {
      const test = path.join(docs, file!);
      expect(existsSync(test), file).toBe(true);
      const source = readFileSync(test, 'utf8');
      for (const [, title] of titles!.matchAll(/“([^”]+)”/g)) expect(source, file).toContain(title);
    }
  });
});

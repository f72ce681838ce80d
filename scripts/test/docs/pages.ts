import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../..');

export interface Page {
  /** From the root of the repository. */
  path: string;
  text: string;
  /** `# Headings` as GitHub makes anchors of them. */
  anchors: Set<string>;
  links: string[];
  /** Code in a sentence. */
  spans: string[];
  /** Lines to type: those of sh blocks, and those after `$ ` of console blocks. */
  commands: string[];
  /** Files that the page tells to write: `ts new <file>`. */
  made: string[];
}

/** Every page that a reader of the repository is sent to. */
export function readPages(): Page[] {
  const patterns = ['README.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'packages/*/README.md'];
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
    .sort()
    .map(readPage);
}

function readPage(path: string): Page {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const blocks = [...text.matchAll(/^ *```(\w*)[^\n]*\n([\s\S]*?)^ *```$/gm)];
  const prose = text.replaceAll(/^ *```[\s\S]*?^ *```$/gm, '');
  return {
    path,
    text,
    anchors: new Set([...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => slug(heading!))),
    links: [...prose.replaceAll(/`[^`\n]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!),
    spans: [...prose.matchAll(/`([^`]+)`/g)].map(([, code]) => code!.replaceAll(/\s+/g, ' ')),
    made: [...text.matchAll(/^ *```\w+ new (\S+)$/gm)].map(([, file]) => file!),
    commands: blocks.flatMap(([, language, body]) => commandsOf(language!, body!)),
  };
}

function commandsOf(language: string, body: string): string[] {
  const lines = body.replaceAll('\\\n', ' ').split('\n');
  if (language === 'sh') return lines.map((line) => line.trim()).filter(Boolean);
  if (language === 'console') return lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
  return [];
}

function slug(heading: string): string {
  const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
  return plain.replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
}

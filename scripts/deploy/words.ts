import type { parseArgs } from 'node:util';

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number];

/**
 * The command that takes services back to `release`, with the flags of this one. A password of the smoke test is left
 * out.
 */
export function wayBackCommand(tokens: Token[], release: string): string {
  const kept = tokens.filter((token) => token.kind !== 'option' || !['release', 'back'].includes(token.name));
  const flags = kept.flatMap((token) => (token.kind === 'option' ? [token.rawName, token.value ?? []].flat() : []));
  const words = kept.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const smoke = words.map((word, i) => (words[i - 1]?.endsWith('-password') ? '…' : word));
  const command = ['pnpm', 'run', 'deploy', ...flags, '--release', release, '--back'];
  return shellCommand([...command, ...(smoke.length > 0 ? ['--', ...smoke] : [])]);
}

/** Words as a person types them into a shell. */
export function shellCommand(words: string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
}

/** Now, for the name of a file. */
export function timestamp(): string {
  return new Date().toISOString().replace(/[:.]/g, '-');
}

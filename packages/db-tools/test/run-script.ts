import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export interface Script {
  child: ChildProcess;
  /** The first line on stdout that contains the text; fails if the process ends without it. */
  line(text?: string): Promise<string>;
  /** All of stdout and the exit code or signal. */
  ended: Promise<{ output: string; code: number | null; signal: NodeJS.Signals | null }>;
}

/**
 * Runs TypeScript in a process of its own. `import('#/local-postgres/index.ts')` reaches our sources; arguments are in
 * `args`.
 */
export function runScript(
  code: string,
  args: unknown[] = [],
  options: { env?: NodeJS.ProcessEnv; uid?: number; gid?: number; stderr?: 'inherit' | 'ignore' } = {},
): Script {
  const source = code.replaceAll("'#/", `'${path.join(import.meta.dirname, '../src')}/`);
  const program = `const args = ${JSON.stringify(args)}; ${source}`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
    cwd: '/',
    ...options,
    stdio: ['ignore', 'pipe', options.stderr ?? 'inherit'],
  });
  let output = '';
  child.stdout!.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'close').then(([code, signal]) => ({ output, code, signal }));
  const line = async (text = '') => {
    for (;;) {
      const found = output
        .split('\n')
        .slice(0, -1)
        .find((candidate) => candidate.includes(text));
      if (found !== undefined) return found;
      const more = await Promise.race([once(child.stdout!, 'data'), ended]);
      if ('code' in more && !output.includes(text)) throw new Error(`The script ended (${more.code ?? more.signal}).`);
    }
  };
  return { child, ended, line };
}

import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';

// Where scripts/install-test-packages puts PostgreSQL's client programs.
const CLIENT = path.join(process.env.TMPDIR ?? tmpdir(), `stratum-postgresql-client-18-${process.getuid?.()}`, 'bin');

/**
 * Types commands as a person would, in the clone, and returns what they print. Throws it when they fail, unless they
 * may.
 */
export function type(clone: string, commands: string, { mayFail = false } = {}): Promise<{ printed: string }> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', commands], {
    cwd: clone,
    env: environment(clone),
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
      code === 0 || mayFail
        ? resolve({ printed })
        : reject(new Error(`it ended with ${code}\n${commands}\n${printed.slice(-4000)}`)),
    );
  });
}

/** Whether a program that a guide needs is not there; of PostgreSQL's, in the version of the local server. */
export function isMissing(program: string): boolean {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', env: environment('.') });
  return program.startsWith('pg_') ? !/ (1[89]|[2-9]\d)\./.test(stdout ?? '') : !stdout;
}

/** The local PostgreSQL and what was deployed have left the group, and are stopped at the end. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // Nothing is left of it.
  }
}

/** Without what would lead to another database, and without CI: a person types this. */
function environment(clone: string): NodeJS.ProcessEnv {
  const ours = /^(CI|NODE_ENV|DATABASE_URL.*|DB_.*|.*_DATABASE_URL|TEST_DATABASE_URL|npm_.*|VITEST.*)$/;
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name));
  const PATH = [path.join(clone, 'node_modules/.bin'), CLIENT, process.env.PATH].join(path.delimiter);
  return { ...Object.fromEntries(kept), PATH };
}

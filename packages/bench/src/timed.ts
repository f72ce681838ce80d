import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Timed {
  /** Milliseconds from start to end. */
  wall: number;
  /** Milliseconds of CPU of the process and of those that it started. */
  cpu: number;
}

/**
 * Runs a program to its end and tells what it took, by bash, since Node tells the CPU of children on no system. Throws
 * when it fails.
 */
export async function timed(command: string[], env: Record<string, string> = {}): Promise<Timed> {
  const script = 'TIMEFORMAT="timed %R %U %S"; time "$@" 2>&1';
  const child = spawn('bash', ['-c', script, 'bash', ...command], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let times = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    times += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${output}`);
  const [, wall, user, system] = /timed (\S+) (\S+) (\S+)/.exec(times)!.map(Number);
  return { wall: wall! * 1000, cpu: (user! + system!) * 1000 };
}

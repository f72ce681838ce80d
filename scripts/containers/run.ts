import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end, whatever that is. */
export async function attempt(program: string, args: string[], env?: NodeJS.ProcessEnv): Promise<Outcome> {
  try {
    const { stdout, stderr } = await execute(program, args, { maxBuffer: 1 << 26, env: env ?? process.env });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout = '', stderr = String(error) } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: typeof code === 'number' ? code : -1, stdout, stderr };
  }
}

/** Runs a program and returns what it printed, without the line end. Throws what it said when it fails. */
export async function run(program: string, args: string[], env?: NodeJS.ProcessEnv): Promise<string> {
  const { code, stdout, stderr } = await attempt(program, args, env);
  if (code !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${(stdout + stderr).slice(-4000)}`);
  return stdout.trimEnd();
}

/** One runtime and no systemd, so that it runs as root in a sandbox and without rights on a desktop. */
const PODMAN = ['--runtime', 'runc', '--cgroup-manager', 'cgroupfs', '--events-backend', 'none'];

export function podman(...args: string[]): Promise<string> {
  return run('podman', [...PODMAN, ...args]);
}

export function attemptPodman(...args: string[]): Promise<Outcome> {
  return attempt('podman', [...PODMAN, ...args]);
}

/** Ends the process when a program is missing: with 0 and its name, in CI with 1. */
export function requirePrograms(programs: string[]): void {
  const missing = programs.filter((program) => spawnSync(program, ['--version']).error !== undefined);
  if (missing.length === 0) return;
  const how = 'scripts/install-test-packages gets it, on Debian and Ubuntu';
  console.log(`${process.env.CI ? 'FAIL' : 'skip'}  ${missing.join(', ')} is not installed: ${how}.`);
  process.exit(process.env.CI ? 1 : 0);
}

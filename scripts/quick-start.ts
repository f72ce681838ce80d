/**
 * `pnpm test:quick-start`: what a newcomer does, in fresh clones of the last commit, with an empty pnpm store.
 *
 * 1. A clone: `npx -y pnpm@12 dev` to three ready services; the smoke test; Ctrl-C leaves nothing but PostgreSQL; a
 *    second start is quick; Ctrl-C again; `db:stop` leaves nothing at all.
 * 2. As root also: two clones at once, as a user without rights, in a path with spaces.
 *
 * Prints the times it took. Needs git, npx and the registry; runs on Linux and macOS.
 */
import { execFile, spawn } from 'node:child_process';
import { chown, cp, mkdir, mkdtemp, readlink, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { listServices } from './services.ts';

const run = promisify(execFile);
const root = path.dirname(import.meta.dirname);
const services = listServices(root).map((service) => service.name);
const limits = { cold: 60, warm: 6 }; // seconds, promised in the README; exceeded is told, not failed: machines differ
const unprivileged = { uid: 65534, gid: 65534 };

const sandbox = await mkdtemp(path.join(tmpdir(), 'quick start '));
try {
  const first = await newClone('first', {});
  const started = await start(first);
  report(first, 'cold start', started.seconds, limits.cold);
  await script(first, started, 'smoke.ts');
  await script(first, started, 'transcript.ts', '--check');
  await interrupt(first, started);
  const again = await start(first);
  report(first, 'second start', again.seconds, limits.warm);
  await interrupt(first, again);
  await stopDatabase(first);

  const owner = process.getuid?.() === 0 ? unprivileged : {};
  const pair = await Promise.all([newClone('clone one', owner), newClone('clone two', owner)]);
  const both = await Promise.all(pair.map((clone) => start(clone)));
  for (const [i, clone] of pair.entries()) {
    report(clone, 'cold start beside another', both[i]!.seconds, Number.POSITIVE_INFINITY);
    await script(clone, both[i]!, 'smoke.ts');
  }
  const ports = both.flatMap((running) => Object.values(running.urls));
  check(new Set(ports).size === ports.length, `two clones share a port: ${ports.join(' ')}`);
  await Promise.all(pair.map((clone, i) => interrupt(clone, both[i]!)));
  await Promise.all(pair.map((clone) => stopDatabase(clone)));
  console.log('The quick start works.');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  for (const pid of (await processesUnder(sandbox)).keys()) process.kill(pid, 'SIGKILL');
  await rm(sandbox, { recursive: true, force: true, maxRetries: 5 });
}

interface Clone {
  name: string;
  folder: string;
  /** How a process in it is started: as whom, and with which environment. */
  as: { uid?: number; gid?: number; env: NodeJS.ProcessEnv };
}

interface Running {
  pid: number;
  urls: Record<string, string>;
  seconds: number;
  output: () => string;
  exited: Promise<number | null>;
}

/** A clone with a home folder of its own: no store, no cache, nothing of this checkout but the last commit. */
async function newClone(name: string, owner: { uid?: number; gid?: number }): Promise<Clone> {
  const home = path.join(sandbox, `${name} home`);
  const folder = path.join(sandbox, name);
  await mkdir(home);
  await run('git', ['clone', '--quiet', '--no-hardlinks', root, folder]);
  await cp(path.join(homedir(), '.npmrc'), path.join(home, '.npmrc')).catch(() => {}); // how the registry is reached
  if (owner.uid !== undefined && owner.gid !== undefined) {
    await chown(sandbox, owner.uid, owner.gid);
    await run('chown', ['-R', `${owner.uid}:${owner.gid}`, home, folder]);
  }
  const keep = Object.entries(process.env).filter(([key]) => /^(PATH|LANG|LC_.*|TERM|.*CERT.*|.*_proxy)$/i.test(key));
  const ownBin = path.join('node_modules', '.bin');
  const env = {
    ...Object.fromEntries(keep),
    // The machine's own Node and npm, not those that this checkout brought along.
    PATH: (process.env.PATH ?? '')
      .split(path.delimiter)
      .filter((entry) => !entry.includes(ownBin))
      .join(path.delimiter),
    HOME: home,
  };
  return { name, folder, as: { ...owner, env } };
}

/** Runs `npx -y pnpm@12 dev` as a terminal would, in a process group of its own, until every service is ready. */
async function start(clone: Clone): Promise<Running> {
  const begin = performance.now();
  const child = spawn('npx', ['-y', 'pnpm@12', 'dev'], {
    ...clone.as,
    cwd: clone.folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const exited = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const gone = exited.then((code) => {
    throw new Error(`${clone.name}: \`pnpm dev\` ended with ${code} before its services were ready:\n${output}`);
  });
  gone.catch(() => {});
  const urls = await Promise.race([gone, untilReady(clone, () => output)]);
  return { pid: child.pid!, urls, seconds: (performance.now() - begin) / 1000, output: () => output, exited };
}

/** The URLs that `pnpm dev` prints, once each answers 200 on /health/ready. */
async function untilReady(clone: Clone, output: () => string): Promise<Record<string, string>> {
  const deadline = Date.now() + 240_000;
  while (Date.now() < deadline) {
    const urls = Object.fromEntries(
      services.flatMap((name) => {
        const url = output().match(new RegExp(`^\\W*${name}\\W.*?(http://127\\.0\\.0\\.1:\\d+)`, 'm'))?.[1];
        return url ? [[name, url]] : [];
      }),
    );
    if (Object.keys(urls).length === services.length) {
      for (const url of Object.values(urls))
        check((await fetch(`${url}/health/ready`)).status === 200, `${url} is not ready`);
      return urls;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${clone.name}: the services were not ready in 240 s:\n${output()}`);
}

/** Runs a script of the clone against its running services, and prints the last line of what it says. */
async function script(clone: Clone, running: Running, name: string, ...args: string[]): Promise<void> {
  const where = Object.entries(running.urls).flatMap(([service, url]) => [`--${service}`, url]);
  const file = path.join(clone.folder, 'scripts', name);
  const { stdout } = await run(process.execPath, [file, ...args, ...where]).catch((error) => {
    throw new Error(`${clone.name}: ${name} failed:\n${error.stdout}${error.stderr}\n${running.output().slice(-4000)}`);
  });
  console.log(`${clone.name}: ${stdout.trimEnd().split('\n').at(-1)}`);
}

/** Ctrl-C: the signal goes to the whole process group, as a terminal sends it. Only PostgreSQL may stay. */
async function interrupt(clone: Clone, running: Running): Promise<void> {
  process.kill(-running.pid, 'SIGINT');
  await within(30, running.exited, `${clone.name}: \`pnpm dev\` did not end after Ctrl-C`);
  await untilNone(clone, (command) => !/postgres/.test(command), 'left over after Ctrl-C');
  const left = [...(await processesUnder(clone.folder)).values()];
  check(
    left.some((command) => /postgres/.test(command)),
    `${clone.name}: PostgreSQL did not stay after Ctrl-C`,
  );
}

async function stopDatabase(clone: Clone): Promise<void> {
  await run('npx', ['-y', 'pnpm@12', 'db:stop'], { ...clone.as, cwd: clone.folder });
  await untilNone(clone, () => true, 'left over after `db:stop`');
}

async function untilNone(clone: Clone, counts: (command: string) => boolean, problem: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const left = [...(await processesUnder(clone.folder))].filter(([, command]) => counts(command));
    if (left.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(`${clone.name}: ${problem}:\n${left.map((entry) => entry.join(' ')).join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Processes whose command line or working folder lies under a folder: pid → command line. */
async function processesUnder(folder: string): Promise<Map<number, string>> {
  const { stdout } = await run('ps', ['-ax', '-o', 'pid=,stat=,args='], { maxBuffer: 1 << 24 });
  const found = new Map<number, string>();
  for (const line of stdout.split('\n')) {
    const [, id, state, command] = line.match(/^\s*(\d+)\s+(\S+)\s+(.*)$/) ?? [];
    if (!id || !command || state?.startsWith('Z') || Number(id) === process.pid) continue;
    const where = await readCwd(id);
    if (command.includes(folder) || where === folder || where.startsWith(`${folder}${path.sep}`))
      found.set(Number(id), command);
  }
  return found;
}

async function readCwd(pid: string): Promise<string> {
  if (process.platform !== 'linux') return '';
  return readlink(`/proc/${pid}/cwd`).catch(() => '');
}

async function within<T>(seconds: number, wait: Promise<T>, problem: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(problem)), seconds * 1000);
  });
  return Promise.race([wait, late]).finally(() => clearTimeout(timer));
}

function report(clone: Clone, what: string, seconds: number, limit: number): void {
  console.log(`${clone.name}: ${what} ${seconds.toFixed(1)} s${seconds > limit ? ` (promised: ${limit} s)` : ''}`);
}

function check(held: boolean, problem: string): void {
  if (!held) throw new Error(problem);
}

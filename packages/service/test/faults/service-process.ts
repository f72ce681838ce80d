import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'rolldown';
import { serviceBundle } from '../../src/build.ts';
import { TestClient } from '../../src/testing/index.ts';

export interface ServiceProcess {
  child: ChildProcess;
  client: TestClient;
  port: number;
  /** The exit code, or the signal that ended it. */
  ended: Promise<number | string>;
  output(): string;
  /** Resolves when the path answers with the status; throws when the process ends before. */
  answers(path: string, status: number, patience?: number): Promise<void>;
}

export interface Bundle {
  start(env: Record<string, string>, port: number, nodeOptions?: string): ServiceProcess;
  /** Ends what still runs, and removes the bundle. */
  remove(): Promise<void>;
}

/** The service of main.ts, bundled as one that is deployed. */
export async function bundle(): Promise<Bundle> {
  const folder = mkdtempSync(path.join(tmpdir(), 'service-faults-'));
  const options = serviceBundle();
  await build({
    ...options,
    cwd: path.resolve(import.meta.dirname, '../..'),
    input: { service: 'test/faults/main.ts' },
    output: { ...options.output, dir: folder },
    logLevel: 'warn',
  });
  const running = new Set<ServiceProcess>();
  return {
    start(env, port, nodeOptions = '') {
      const service = run(folder, env, port, nodeOptions);
      running.add(service);
      service.ended.then(() => running.delete(service));
      return service;
    },
    async remove() {
      for (const { child, ended } of running) {
        child.kill('SIGKILL');
        await ended;
      }
      rmSync(folder, { recursive: true });
    },
  };
}

function run(folder: string, env: Record<string, string>, port: number, nodeOptions: string): ServiceProcess {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [...nodeOptions.split(' ').filter(Boolean), 'main.js'], {
    cwd: folder,
    env: { PATH, HOME, NODE_ENV: 'production', HOST: '127.0.0.1', PORT: String(port), SHUTDOWN_DELAY: '0', ...env },
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  const client = new TestClient(`http://127.0.0.1:${port}`);
  const output = () => Buffer.concat(chunks).toString();
  return {
    child,
    client,
    port,
    ended,
    output,
    async answers(target, status, patience = 20_000) {
      for (const deadline = Date.now() + patience; ; await sleep(20)) {
        if (child.exitCode !== null) throw new Error(`The service ended with ${child.exitCode}: ${output()}`);
        const reply = await client.get(target).catch(() => undefined);
        if (reply?.status === status) return;
        if (Date.now() > deadline) throw new Error(`${target} is ${reply?.status}, not ${status}: ${output()}`);
      }
    },
  };
}

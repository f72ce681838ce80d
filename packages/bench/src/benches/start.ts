import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleService } from '../http/bundle-service.ts';
import { type BenchDatabase, createBenchDatabase } from '../http/database.ts';
import { connect } from '../http/request.ts';
import { installPeers } from '../install-peers.ts';
import { median } from '../median.ts';
import { printTable } from '../print-table.ts';

const ROUNDS = 9;
const HELLO = 'hello of node:http';
const PORT = 26_200;

interface Variant {
  name: string;
  file: string;
  target: string;
  execArgv?: string[];
  env?: Record<string, string>;
}

interface Sample {
  /** Milliseconds from the start of the process to its first 200. */
  wall: number;
  /** Milliseconds of CPU until then. */
  cpu: number;
  /** Megabytes then. */
  memory: number;
}

/**
 * From `node main.js` to the first answer that needed the database, of a service as it is deployed and as source,
 * interleaved.
 */
export default async function run(): Promise<void> {
  const root = path.resolve(import.meta.dirname, '../..');
  installPeers(path.join(root, 'peers'));
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-start-'));
  const main = await bundleService('files', path.join(folder, 'cached'));
  const uncached = await bundleService('files', path.join(folder, 'uncached'));
  // What an image has: the service was started once, in the folder that it will have.
  mkdirSync(path.join(folder, 'cached/compile-cache'));
  const database = await createBenchDatabase();
  const target = `/v1/files/${database.fileIds[0]}`;
  const decorators = ['--import', import.meta.resolve('@oxc-node/core/register')];
  const variants: Variant[] = [
    {
      name: HELLO,
      file: path.join(root, 'src/start/hello.mjs'),
      target,
      env: { NODE_COMPILE_CACHE: path.join(folder, 'hello') },
    },
    { name: 'files, bundled, compile cache', file: main, target },
    { name: 'files, bundled', file: uncached, target },
    {
      name: 'files, unbundled',
      file: path.resolve(root, '../../apps/files/src/main.ts'),
      target,
      execArgv: decorators,
    },
    {
      name: 'Nest + Express, unbundled',
      file: path.join(root, 'peers/http/nest-express.ts'),
      target,
      execArgv: decorators,
    },
  ];
  const samples = new Map<string, Sample[]>(variants.map(({ name }) => [name, []]));
  try {
    for (let round = -2; round < ROUNDS; round++) {
      console.error(round < 0 ? 'warming up' : `round ${round + 1} of ${ROUNDS}`);
      for (const variant of variants) {
        const sample = await start(variant, database);
        if (round >= 0) samples.get(variant.name)!.push(sample);
      }
    }
  } finally {
    await database.stop();
    rmSync(folder, { recursive: true });
  }
  print(samples);
}

async function start(
  { file, target, execArgv = [], env = {} }: Variant,
  { url, token }: BenchDatabase,
): Promise<Sample> {
  const began = performance.now();
  const child = fork(file, {
    execArgv: ['--import', path.join(import.meta.dirname, '../process/report-cpu.mjs'), ...execArgv],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      SHUTDOWN_DELAY: '0',
      PORT: String(PORT),
      DATABASE_URL: url,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  for (;;) {
    const connection = await connect(PORT).catch(() => undefined);
    const answer = await connection?.get(target, token).catch(() => undefined);
    connection?.close();
    if (answer?.status === 200) break;
    if (child.exitCode !== null || performance.now() - began > 60_000) throw new Error(`${file} does not start`);
    await sleep(2);
  }
  const wall = performance.now() - began;
  child.send('usage');
  const [{ cpu, memory }] = (await once(child, 'message')) as [Omit<Sample, 'wall'>];
  // At its end, V8 writes what it has compiled.
  child.send('exit');
  await exited;
  return { wall, cpu, memory };
}

function print(samples: Map<string, Sample[]>): void {
  const hello = samples.get(HELLO)!;
  const cell = (all: Sample[], what: keyof Sample) => {
    const ratio = median(all.map((sample, round) => sample[what] / hello[round]![what]));
    return `${median(all.map((sample) => sample[what])).toFixed(0)}  (${ratio.toFixed(2)})`;
  };
  printTable(
    `From the start of the process to its first 200 (× ${HELLO}), medians of ${ROUNDS} interleaved rounds:`,
    ['wall ms', 'CPU ms', 'RSS MB'],
    [...samples].map(([name, all]) => ({ name, cells: [cell(all, 'wall'), cell(all, 'cpu'), cell(all, 'memory')] })),
  );
}

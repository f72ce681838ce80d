import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleService } from '../http/bundle-service.ts';
import { type BenchDatabase, createBenchDatabase } from '../http/database.ts';
import { type Connection, connect } from '../http/request.ts';
import { installPeers } from '../install-peers.ts';
import { median } from '../median.ts';
import { printTable } from '../print-table.ts';

const ROUNDS = 11;
const REQUESTS = 2_000;
const CONNECTIONS = 8;
const BASE = 'bare Fastify + postgres.js';
const ROUTES = ['one file', 'page of 20'] as const;

type Route = (typeof ROUTES)[number];

interface Server {
  name: string;
  child: ChildProcess;
  port: number;
  /** Microseconds of CPU per request, of each round. */
  samples: Record<Route, number[]>;
}

/** CPU of the server process per request, the servers one after the other in each round. */
export default async function run(): Promise<void> {
  const root = path.resolve(import.meta.dirname, '../..');
  installPeers(path.join(root, 'peers'));
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-http-'));
  const main = await bundleService('files', folder);
  const database = await createBenchDatabase();
  const servers: Server[] = [];
  try {
    const add = async (name: string, file: string, env: Record<string, string> = {}, execArgv: string[] = []) => {
      servers.push(await start(name, file, 26_100 + servers.length, database, env, execArgv));
    };
    await add(BASE, path.join(root, 'src/http/bare.ts'));
    await add('files', main, { LOG_LEVEL: 'warn' });
    await add('files, a line of log each', main);
    await add('files, with metrics', main, { LOG_LEVEL: 'warn', METRICS_PORT: '26199' });
    await add('Nest + Express + class-transformer', path.join(root, 'peers/http/nest-express.ts'), {}, [
      '--import',
      import.meta.resolve('@oxc-node/core/register'),
    ]);
    for (const server of servers) await checkAnswers(server, database);
    for (let round = -1; round < ROUNDS; round++) {
      console.error(round < 0 ? 'warming up' : `round ${round + 1} of ${ROUNDS}`);
      for (const route of ROUTES) for (const server of servers) await sample(server, route, database, round);
    }
    print(servers);
  } finally {
    for (const { child } of servers) child.kill('SIGKILL');
    await database.stop();
    rmSync(folder, { recursive: true });
  }
}

async function start(
  name: string,
  file: string,
  port: number,
  { url }: BenchDatabase,
  env: Record<string, string>,
  execArgv: string[],
): Promise<Server> {
  const child = fork(file, {
    execArgv: ['--import', path.join(import.meta.dirname, '../process/report-cpu.mjs'), ...execArgv],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: url,
      ...env,
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const samples = Object.fromEntries(ROUTES.map((route) => [route, []])) as unknown as Server['samples'];
  for (const deadline = Date.now() + 60_000; ; await sleep(50)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${name} does not start: ${file}`);
    const first = await connect(port).catch(() => undefined);
    if (!first) continue;
    first.close();
    return { name, port, child, samples };
  }
}

/** Each has to answer with the same files. */
async function checkAnswers({ name, port }: Server, { token, fileIds }: BenchDatabase): Promise<void> {
  const connection = await connect(port);
  const one = await connection.get(`/v1/files/${fileIds[0]}`, token);
  const page = await connection.get('/v1/files?limit=20', token);
  connection.close();
  const { id } = JSON.parse(one.body);
  const { items, nextCursor } = JSON.parse(page.body);
  if (id !== fileIds[0] || items.length !== 20 || !nextCursor || 'userId' in items[0])
    throw new Error(`${name} answers something else: ${one.body} ${page.body}`);
}

async function sample(server: Server, route: Route, database: BenchDatabase, round: number): Promise<void> {
  // Made anew, since servers close those that nobody uses meanwhile.
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(server.port)));
  const before = await cpu(server);
  let next = 0;
  const client = async (connection: Connection) => {
    while (next < REQUESTS) {
      const index = next++;
      const target =
        route === 'one file' ? `/v1/files/${database.fileIds[index % database.fileIds.length]}` : '/v1/files?limit=20';
      const { status, body } = await connection.get(target, database.token);
      if (status !== 200) throw new Error(`${server.name} answered ${status}: ${body}`);
    }
  };
  await Promise.all(connections.map(client));
  const each = ((await cpu(server)) - before) / REQUESTS;
  for (const connection of connections) connection.close();
  if (round >= 0) server.samples[route].push(each);
}

async function cpu({ child }: Server): Promise<number> {
  child.send('cpu');
  const [microseconds] = await once(child, 'message');
  return microseconds as number;
}

function print(servers: Server[]): void {
  const base = servers.find(({ name }) => name === BASE)!;
  printTable(
    `CPU of the server per request in µs (× ${BASE}), medians of ${ROUNDS} interleaved rounds of ${REQUESTS}, ${CONNECTIONS} connections:`,
    ROUTES,
    servers.map(({ name, samples }) => ({
      name,
      cells: ROUTES.map((route) => {
        const each = median(samples[route]);
        // Of each round, since the machine is not the same in the next one.
        const ratio = median(samples[route].map((value, round) => value / base.samples[route][round]!));
        return `${each.toFixed(0)}  (${ratio.toFixed(2)})`;
      }),
    })),
  );
}

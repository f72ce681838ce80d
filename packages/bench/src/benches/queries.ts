import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import path from 'node:path';
import { startThrowawayPostgres } from '@org/db-tools/local-postgres';
import postgres from 'postgres';
import { installPeers } from '../install-peers.ts';
import { median } from '../median.ts';
import type { Order } from '../queries/child.ts';
import { OPERATIONS, type Operation } from '../queries/client.ts';
import { importCost } from '../queries/import-cost.ts';
import { serverCpu } from '../queries/server-cpu.ts';
import { statementMemory } from '../queries/statement-memory.ts';
import { CREATE_TABLES } from '../queries/tables.ts';

const ROUNDS = 5;
const COUNT = 6_000;
const BASE = 'postgres-js';

interface Client {
  name: string;
  child: ChildProcess;
  /** Microseconds of CPU per operation, client and server, of each round. */
  samples: Record<Operation, { client: number; server: number }[]>;
}

/**
 * CPU per operation, client and server together, interleaved; then what statements cost the server, and the import a
 * process.
 */
export default async function run(): Promise<void> {
  const root = path.resolve(import.meta.dirname, '../..');
  installPeers(path.join(root, 'peers'));
  const server = await startThrowawayPostgres();
  try {
    await createTables(server.url);
    const modules = globSync(['src/queries/clients/*.ts', 'peers/*.ts'], { cwd: root }).map((file) =>
      path.join(root, file),
    );
    const clients = await Promise.all(modules.map((module) => start(module, server.url)));
    for (let round = -1; round < ROUNDS; round++) {
      console.error(round < 0 ? 'warming up' : `round ${round + 1} of ${ROUNDS}`);
      for (const operation of OPERATIONS)
        for (const client of clients) await sample(client, operation, server.pid, round);
    }
    for (const { child } of clients) child.send({ operation: 'point', count: 0 } satisfies Order);
    printCpu(clients);
    console.log(
      `\nStatements: 1,000 shapes, three times each, take ${(await statementMemory(server.url, 1_000)).toFixed(1)} MB of a backend.`,
    );
    console.log('\nImport, median of 7:');
    for (const { name, milliseconds, megabytes } of await importCost()) {
      console.log(
        `  ${name.padEnd(10)} ${milliseconds.toFixed(0).padStart(5)} ms  ${megabytes.toFixed(0).padStart(4)} MB`,
      );
    }
  } finally {
    await server.stop();
  }
}

async function createTables(url: string): Promise<void> {
  const sql = postgres(url, { max: 1 });
  await sql.unsafe(CREATE_TABLES);
  await sql.end();
}

async function start(module: string, url: string): Promise<Client> {
  const child = fork(path.join(import.meta.dirname, '../queries/child.ts'), [module, url]);
  await once(child, 'message');
  const samples = Object.fromEntries(OPERATIONS.map((operation) => [operation, []])) as unknown as Client['samples'];
  return { name: path.basename(module, '.ts'), child, samples };
}

async function sample(
  { child, samples }: Client,
  operation: Operation,
  postmaster: number,
  round: number,
): Promise<void> {
  const before = serverCpu(postmaster) ?? 0;
  child.send({ operation, count: COUNT } satisfies Order);
  const [client] = (await once(child, 'message')) as [number];
  const server = ((serverCpu(postmaster) ?? 0) - before) / COUNT;
  if (round >= 0) samples[operation].push({ client, server });
}

function printCpu(clients: Client[]): void {
  const base = clients.find(({ name }) => name === BASE)!;
  console.log(
    `CPU per operation in µs, client + server (× ${BASE}), medians of ${ROUNDS} interleaved rounds of ${COUNT}, 8 in flight:\n`,
  );
  console.log(`${''.padEnd(20)}${OPERATIONS.map((operation) => operation.padStart(22)).join('')}`);
  for (const { name, samples } of clients.sort((a, b) => total(a) - total(b))) {
    const cells = OPERATIONS.map((operation) => {
      const client = median(samples[operation].map((each) => each.client));
      const server = median(samples[operation].map((each) => each.server));
      const ratio = totalOf(samples, operation) / totalOf(base.samples, operation);
      return `${client.toFixed(0)} + ${server.toFixed(0)}  (${ratio.toFixed(2)})`.padStart(22);
    });
    console.log(name.padEnd(20) + cells.join(''));
  }
}

function total({ samples }: Client): number {
  return OPERATIONS.reduce((sum, operation) => sum + totalOf(samples, operation), 0);
}

function totalOf(samples: Client['samples'], operation: Operation): number {
  return median(samples[operation].map(({ client, server }) => client + server));
}

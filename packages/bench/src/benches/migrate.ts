import { hash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startLocalPostgres, stopLocalPostgres } from '@org/db-tools/local-postgres';
import { withDatabase } from '@org/db-tools/url';
import postgres from 'postgres';
import { installPeers } from '../install-peers.ts';
import { median } from '../median.ts';
import { bundleCommand, FLOOR, node, OTHERS, OURS_FROM_SOURCE, ours, PSQL, type Tool } from '../migrate/tools.ts';
import { writeMigrations } from '../migrate/write-migrations.ts';
import { printTable } from '../print-table.ts';
import { type Timed, timed } from '../timed.ts';

const ROUNDS = 7;
const FRESH_ROUNDS = 5;

/**
 * A migrate that finds nothing to do, one that applies 100 files, and `status`, each tool a process of its own,
 * interleaved.
 */
export default async function run(): Promise<void> {
  const peers = path.resolve(import.meta.dirname, '../../peers');
  installPeers(peers);
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-migrate-'));
  // On a disk and with fsync, as where migrations matter: what a tool adds is to be seen beside what a commit costs.
  const server = await startLocalPostgres({ directory: path.join(folder, 'postgres'), port: 26_300 });
  const sql = postgres(server.url, { max: 1, onnotice: () => {} });
  let databases = 0;
  const createDatabase = async () => {
    const name = `bench_${databases++}`;
    await sql.unsafe(`create database ${name}`);
    return withDatabase(server.url, name);
  };
  const migrate = (tool: Tool, files: string, url: string) => timed(tool.migrate(files), environment(url, folder));
  try {
    const command = ours(await bundleCommand(path.join(folder, 'command')));
    const files = Object.fromEntries([100, 1_000, 10_000].map((count) => [count, path.join(folder, String(count))]));
    for (const count of [100, 1_000, 10_000]) writeMigrations(files[count]!, count);

    const cases = [];
    for (const [tool, count] of [
      [FLOOR, 100],
      [command, 100],
      [command, 1_000],
      [OURS_FROM_SOURCE, 100],
      ...OTHERS.map((other) => [other, 100] as const),
    ] as const) {
      const url = await createDatabase();
      console.error(`${tool.name}: applying ${count} files`);
      await migrate(tool, files[count]!, url);
      cases.push({
        name: tool === FLOOR ? tool.name : `${tool.name}, ${count} applied`,
        tool,
        files: files[count]!,
        url,
      });
    }
    const idle = await interleaved(
      ROUNDS,
      cases.map(({ name, tool, files, url }) => ({ name, run: () => migrate(tool, files, url) })),
    );
    printRuns('Nothing to do', idle, FLOOR.name);

    const fresh = [PSQL, command, OURS_FROM_SOURCE, ...OTHERS].map((tool) => ({
      name: tool.name,
      run: async () => migrate(tool, files[100]!, await createDatabase()),
    }));
    printRuns('100 new files, each a table with an index', await interleaved(FRESH_ROUNDS, fresh), PSQL.name);

    const url = await createDatabase();
    const many = [node, command.migrate(files[10_000]!)[1]!, '--config', path.join(files[10_000]!, 'db.config.js')];
    await fillHistory(url, files[100]!, files[10_000]!, (file) => migrate(command, file, url));
    const status = await interleaved(3, [
      { name: 'db status, 10,000 files', run: () => timed([...many, 'status'], environment(url, folder)) },
    ]);
    printRuns('The state of 10,000 files', status, 'db status, 10,000 files');
  } finally {
    await sql.end();
    await stopLocalPostgres(path.join(folder, 'postgres'));
    rmSync(folder, { recursive: true });
  }
}

/** psql reads the parts; the compile cache is the one that an image brings. */
function environment(url: string, folder: string): Record<string, string> {
  const { hostname, port, username, pathname } = new URL(url);
  return {
    DATABASE_URL: url,
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGDATABASE: pathname.slice(1),
    NODE_COMPILE_CACHE: path.join(folder, 'compile-cache'),
  };
}

/** 10,000 tables would take long to make, and status looks at none of them: only the history is filled. */
async function fillHistory(
  url: string,
  few: string,
  many: string,
  migrate: (folder: string) => Promise<unknown>,
): Promise<void> {
  await migrate(few);
  const { entries } = JSON.parse(readFileSync(path.join(many, 'drizzle/meta/_journal.json'), 'utf8')) as {
    entries: { tag: string; when: number }[];
  };
  const rows = entries.slice(100).map(({ tag, when }) => ({
    hash: hash('sha256', readFileSync(path.join(many, 'drizzle', `${tag}.sql`), 'utf8')),
    created_at: when,
  }));
  const sql = postgres(url, { max: 1 });
  for (let from = 0; from < rows.length; from += 1_000)
    await sql`insert into drizzle.__drizzle_migrations ${sql(rows.slice(from, from + 1_000))}`;
  await sql.end();
}

async function interleaved(rounds: number, cases: { name: string; run: () => Promise<Timed> }[]) {
  const samples = new Map<string, Timed[]>(cases.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    console.error(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`);
    for (const { name, run } of cases) {
      const sample = await run();
      if (round >= 0) samples.get(name)!.push(sample);
    }
  }
  return samples;
}

function printRuns(title: string, runs: Map<string, Timed[]>, base: string): void {
  const of = (samples: Timed[], what: keyof Timed) => median(samples.map((sample) => sample[what]));
  const ratio = (samples: Timed[], what: keyof Timed) =>
    median(samples.map((sample, round) => sample[what] / runs.get(base)![round]![what]));
  printTable(
    `${title}: milliseconds of the whole process (× ${base}), medians`,
    ['wall', 'CPU of the process'],
    [...runs].map(([name, samples]) => ({
      name,
      cells: (['wall', 'cpu'] as const).map(
        (what) => `${of(samples, what).toFixed(0)}  (${ratio(samples, what).toFixed(2)})`,
      ),
    })),
  );
}

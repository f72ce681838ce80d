import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalog } from '../catalog/index.ts';
import type { LoadedConfig } from '../config.ts';
import { compareCatalogs, type Difference } from '../drift/compare.ts';
import { composeSql } from '../drift/compose.ts';
import { readDatabase } from '../drift/read-database.ts';
import { prepareScratch, type Replay, replayMigrations } from '../drift/replay.ts';
import { openScratchServer } from '../drift/scratch-server.ts';
import type { Environment } from '../environment/load.ts';
import { DbError } from '../errors.ts';
import { readDirectives } from '../migrator/directives.ts';
import { migrate, revert } from '../migrator/index.ts';
import { readMigrations } from '../migrator/read-files.ts';
import type { ClonedDatabase } from '../testing/index.ts';

export interface TestDownOptions {
  config: LoadedConfig;
  env: Environment;
  /** The migrations to test; all of them unless given. */
  tags?: string[];
  signal?: AbortSignal;
  onResult?: (result: DownResult) => void;
}

/** What became of one migration. */
export interface DownResult {
  tag: string;
  /** `missing`: there is no down file, and no older migration has one either. */
  outcome: 'proved' | 'irreversible' | 'missing' | 'failed';
  /** Why there is no way back. */
  reason?: string;
  /** Of a failure: which of up, down, up. */
  step?: 'down' | 'up again';
  message?: string;
  differences?: Difference[];
  /** What would have to be run for the two states to be equal. */
  sql?: string[];
}

/**
 * Proves down files on a scratch database: after up and down it is what it was before, after up once more what it was
 * after the first. Throws what `migrate` throws when the first up fails.
 */
export async function testDown(options: TestDownOptions): Promise<DownResult[]> {
  const { config, env, signal, onResult } = options;
  const tags = readMigrations(config.migrations).map(({ tag }) => tag);
  const wanted = tags.filter((tag) => options.tags?.includes(tag) ?? true);
  if (wanted.length === 0) return [];
  const server = await openScratchServer(env);
  const replay: Replay = { config, server, surroundings: { settings: '' }, signal };
  const bench = await openBench(replay, tags[tags.indexOf(wanted[0]!) - 1] ?? null);
  try {
    const results: DownResult[] = [];
    for (const tag of wanted) {
      await bench.goTo(tags[tags.indexOf(tag) - 1] ?? null);
      const result = await testOne(bench, config, tags, tag);
      // Broken off is no verdict on the down file.
      signal?.throwIfAborted();
      results.push(result);
      onResult?.(result);
      if (result.outcome === 'failed') await bench.startAt(tag);
    }
    return results;
  } finally {
    await bench.close();
    await server.stop();
  }
}

async function testOne(bench: Bench, config: LoadedConfig, tags: string[], tag: string): Promise<DownResult> {
  const wayBack = findWayBack(config.migrations, tags, tag);
  const before = await bench.read();
  await bench.goTo(tag);
  if (wayBack) return wayBack;
  const after = await bench.read();
  const down = await attempt('down', tag, () => bench.goBack(tag), before, bench);
  if (down) return down;
  const again = await attempt('up again', tag, () => bench.goTo(tag), after, bench);
  return again ?? { tag, outcome: 'proved' };
}

/** A result where there is nothing to test. */
function findWayBack(directory: string, tags: string[], tag: string): DownResult | undefined {
  const path = (name: string) => join(directory, `${name}.down.sql`);
  if (!existsSync(path(tag))) {
    const isExpected = tags.slice(0, tags.indexOf(tag)).some((older) => existsSync(path(older)));
    return isExpected
      ? { tag, outcome: 'failed', step: 'down', message: `There is no ${path(tag)}, though older migrations have one.` }
      : { tag, outcome: 'missing' };
  }
  const { irreversible, reason } = readDirectives(
    readFileSync(path(tag), 'utf8').replace(/^\uFEFF/, ''),
    `${tag}.down`,
  );
  return irreversible ? { tag, outcome: 'irreversible', ...(reason ? { reason } : {}) } : undefined;
}

/** Undefined when the work led to the wanted state. */
async function attempt(
  step: 'down' | 'up again',
  tag: string,
  work: () => Promise<unknown>,
  wanted: Catalog,
  bench: Bench,
): Promise<DownResult | undefined> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof DbError)) throw error;
    return { tag, outcome: 'failed', step, message: error.message };
  }
  const found = await bench.read();
  const differences = compareCatalogs(wanted, found);
  if (differences.length === 0) return undefined;
  return { tag, outcome: 'failed', step, differences, sql: composeSql(found, wanted) };
}

/** A scratch database that goes up and down. */
interface Bench {
  read(): Promise<Catalog>;
  goTo(tag: string | null): Promise<void>;
  goBack(tag: string): Promise<void>;
  /** Begins anew with the migrations up to this one. */
  startAt(tag: string | null): Promise<void>;
  close(): Promise<void>;
}

async function openBench(replay: Replay, last: string | null): Promise<Bench> {
  let database: ClonedDatabase = await replayMigrations(replay, last);
  let scratch = await prepareScratch(replay, database.url);
  return {
    read: () => readDatabase(database.url, { migrationsTable: replay.config.migrationsTable }),
    async goTo(tag) {
      if (tag !== null) await scratch.run((options) => migrate({ ...options, to: tag }));
    },
    async goBack(tag) {
      await scratch.run((options) => revert({ ...options, expected: [tag] }));
    },
    async startAt(tag) {
      // In this order: what fails here is told, and the database that there is goes at the end.
      const next = await replayMigrations(replay, tag);
      await database.drop();
      database = next;
      scratch = await prepareScratch(replay, database.url);
    },
    close: () => database.drop(),
  };
}

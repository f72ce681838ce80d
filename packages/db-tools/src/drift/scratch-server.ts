import { connect } from '../connection/connect.ts';
import type { Environment } from '../environment/load.ts';
import { DbError, EXIT } from '../errors.ts';

/** A server on which databases come and go. */
export interface ScratchServer {
  url: string;
  /** How a person knows it. */
  name: string;
  /** Whether it is there for the next time too, so that a template pays. */
  stays: boolean;
  stop(): Promise<void>;
}

/**
 * The server of TEST_DATABASE_URL, else a throw-away one of the embedded PostgreSQL: never the target's, unless that is
 * what TEST_DATABASE_URL names.
 */
export async function openScratchServer(env: Environment): Promise<ScratchServer> {
  if (env.TEST_DATABASE_URL) {
    return { url: env.TEST_DATABASE_URL, name: 'the server of TEST_DATABASE_URL', stays: true, stop: async () => {} };
  }
  const { startThrowawayPostgres } = await import('../local-postgres/index.ts');
  const { url, stop } = await startThrowawayPostgres();
  return { url, name: 'the embedded server', stays: false, stop };
}

/** Throws a DbError `other_version` (exit 2) where the two would write the same definition in different words. */
export async function requireSameMajor(
  scratch: ScratchServer,
  target: { name: string; version: number },
): Promise<void> {
  const sql = await connect(scratch.url);
  try {
    const [{ version }] = await sql<
      [{ version: number }]
    >`select current_setting('server_version_num')::int as version`;
    const [ours, theirs] = [version, target.version].map((number) => Math.floor(number / 10_000));
    if (ours === theirs) return;
    throw new DbError(
      'other_version',
      `${target.name} runs on PostgreSQL ${theirs}, but ${scratch.name} is PostgreSQL ${ours}, which writes definitions in other words.`,
      {
        exit: EXIT.decision,
        hint: `Name a server of PostgreSQL ${theirs} on which databases may be created: TEST_DATABASE_URL=postgres://…`,
      },
    );
  } finally {
    await sql.end({ timeout: 1 });
  }
}

import { once } from 'node:events';
import { parseDatabaseUrl } from '@org/db-tools/url';
import type { Logger } from 'pino';
import type { ServiceConfig } from '../config/base-config.ts';
import { createLogger } from '../logging/create-logger.ts';
import { logMigration } from './log-migration.ts';

/** Milliseconds. What is over before is not worth a line. */
const SHORT = 250;
/** Milliseconds between two lines that say the same. */
const PAUSE = 5_000;

/**
 * Creates the database if it is missing, and migrates it, through DATABASE_URL_DIRECT, before anything listens; logs
 * what it waits for and what it applies. On a database that a newer release has migrated further it warns, and changes
 * nothing. When `ending` is aborted, the statement that runs is cancelled and the lock given back before this returns.
 */
export async function migrateOnStart(config: ServiceConfig, ending: AbortSignal): Promise<void> {
  const { createDatabase, migrate } = await import('@org/db/migrate');
  const logger = (await createLogger(config)).child({ context: 'Migrations' });
  const url = config.DATABASE_URL_DIRECT ?? config.DATABASE_URL;
  // In production even a database on this machine is nobody's to drop.
  const created = createDatabase(url, config.NODE_ENV === 'production' ? { local: false } : {});
  const stopTelling = tellWaiting(logger, url);
  await Promise.race([created, ending.aborted || once(ending, 'abort')]).finally(stopTelling);
  if (ending.aborted) return;
  const onEvent = logMigration(logger);
  await migrate({ url, applicationName: `${config.name} migrate`, signal: ending, onEvent }).catch((error) => {
    if (!ending.aborted) throw error;
  });
}

/** Until the returned function is called. */
function tellWaiting(logger: Logger, url: string): () => void {
  const { host, port } = parseDatabaseUrl(url);
  const start = performance.now();
  const tell = () => {
    const seconds = Math.round((performance.now() - start) / 1000);
    logger.warn({ host, port, seconds }, `Waiting for the database at ${host}:${port}`);
    timer = setTimeout(tell, PAUSE);
  };
  let timer = setTimeout(tell, SHORT);
  return () => clearTimeout(timer);
}

import { once } from 'node:events';
import type { ServiceConfig } from '../config/base-config.ts';

/**
 * Creates the database if it is missing, and migrates it, through DATABASE_URL_DIRECT, before anything listens. When `ending` is
 * aborted, the statement that runs is cancelled and the lock given back before this returns.
 */
export async function migrateOnStart(config: ServiceConfig, ending: AbortSignal): Promise<void> {
  const { createDatabase, migrate } = await import('@org/db/migrate');
  const url = config.DATABASE_URL_DIRECT ?? config.DATABASE_URL;
  // In production even a database on this machine is nobody's to drop.
  const created = createDatabase(url, config.NODE_ENV === 'production' ? { local: false } : {});
  await Promise.race([created, ending.aborted || once(ending, 'abort')]);
  if (ending.aborted) return;
  await migrate({ url, applicationName: `${config.name} migrate`, signal: ending }).catch((error) => {
    if (!ending.aborted) throw error;
  });
}

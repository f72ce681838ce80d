import type { ServiceConfig } from '../config/base-config.ts';

/** Creates the database if it is missing, and migrates it, through DATABASE_URL_DIRECT, before anything listens. */
export async function migrateOnStart(config: ServiceConfig): Promise<void> {
  const { createDatabase, migrate } = await import('@org/db/migrate');
  const url = config.DATABASE_URL_DIRECT ?? config.DATABASE_URL;
  // In production even a database on this machine is nobody's to drop.
  await createDatabase(url, config.NODE_ENV === 'production' ? { local: false } : {});
  await migrate({ url, applicationName: `${config.name} migrate` });
}

import type { ServiceConfig } from '../config/base-config.ts';

/** Creates the database if it is missing, and migrates it, through DATABASE_URL_DIRECT, before anything listens. */
export async function migrateOnStart(config: ServiceConfig): Promise<void> {
  const { migrate } = await import('@org/db/migrate');
  await migrate({ url: config.DATABASE_URL_DIRECT });
}

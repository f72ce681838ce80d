import { type Database, getDatabase } from '@org/db';
import { createTestDatabase, type TestDatabase } from '@org/db/testing';
import type { ServiceDefinition } from '../bootstrap.ts';
import { createService } from '../create-service.ts';
import { TestClient } from './test-client.ts';

export interface TestService {
  /** Requests to the running service. */
  client: TestClient;
  /**
   * Its database with every right, for factories and for looking at what is in it. The service has those of its role.
   */
  db: Database;
  databaseUrl: string;
  /** Ends the service and drops the database that it made. */
  close(): Promise<void>;
}

interface TestServiceOptions {
  /** The URL of a database to use; without one, a migrated one is made for this service and dropped by close(). */
  database?: string;
  /** Variables beside those that a test always sets. */
  env?: Record<string, string>;
}

/** The real application of a service, on a free port, with a database of its own and the rights of its role. */
export async function startTestService(
  service: ServiceDefinition,
  options: TestServiceOptions = {},
): Promise<TestService> {
  const own = options.database === undefined ? await createTestDatabase() : undefined;
  try {
    return await start(service, options, own);
  } catch (error) {
    await own?.close();
    throw error;
  }
}

async function start(
  service: ServiceDefinition,
  options: TestServiceOptions,
  own: TestDatabase | undefined,
): Promise<TestService> {
  const databaseUrl = options.database ?? own!.url;
  const config = service.config({
    NODE_ENV: 'test',
    PORT: '3000',
    // What is behind an unexpected 500: LOG_LEVEL=error pnpm vitest …
    LOG_LEVEL: process.env.LOG_LEVEL || 'silent',
    DATABASE_URL: databaseUrl,
    ...own?.env,
    ...options.env,
  });
  const app = await createService(service, config);
  const url = await listenSomewhere(app.getHttpAdapter().getInstance());
  return {
    client: new TestClient(url),
    db: own?.db ?? getDatabase(databaseUrl),
    databaseUrl,
    close: async () => {
      await app.close();
      await own?.close();
    },
  };
}

/** Below the ports that the system hands out to clients, where a port that looks free may be taken the next moment. */
async function listenSomewhere(server: { listen(options: { port: number; host: string }): Promise<string> }) {
  for (let attempt = 1; ; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    try {
      return await server.listen({ port, host: '127.0.0.1' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 20) throw error;
    }
  }
}

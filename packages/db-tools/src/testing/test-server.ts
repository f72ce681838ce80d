import { startThrowawayPostgres } from '../local-postgres/index.ts';
import { removeLeftovers } from './leftovers.ts';

export interface TestServer {
  /** Of a database from which others may be created and dropped. */
  url: string;
  stop(): Promise<void>;
}

/**
 * The server that tests run on: the one that TEST_DATABASE_URL names, freed of what crashed runs left there and never
 * stopped, or else a throw-away one.
 */
export async function startTestServer(url = process.env.TEST_DATABASE_URL): Promise<TestServer> {
  if (!url) return startThrowawayPostgres();
  await removeLeftovers(url);
  return { url, stop: async () => {} };
}

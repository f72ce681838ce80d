import { startTestServer } from './test-server.ts';

/** Starts the test server once per run and tells the workers, which inherit the environment. */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startTestServer();
  process.env.TEST_DATABASE_URL = server.url;
  return () => server.stop();
}

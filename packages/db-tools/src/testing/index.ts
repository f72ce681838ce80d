export { type ClonedDatabase, type CloneOptions, cloneDatabase } from './clone-database.ts';
export { removeLeftovers } from './leftovers.ts';
export { startTestServer, type TestServer } from './test-server.ts';

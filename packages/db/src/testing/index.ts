export { creditBalance } from './create-balance.ts';
export { createFile, createFolder, createTag, tagFile } from './create-files.ts';
export { createTestDatabase, type TestDatabase } from './create-test-database.ts';
export { createSession, createUser, TEST_PASSWORD } from './create-user.ts';
export { explain } from './explain.ts';

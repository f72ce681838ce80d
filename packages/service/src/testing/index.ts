export { startTestService, type TestService } from './start-test-service.ts';
export { type Reply, type RequestOptions, TestClient } from './test-client.ts';

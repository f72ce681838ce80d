export { documented } from './documented-client.ts';
export { lintOpenApi } from './lint-openapi.ts';
export { startTestService, type TestService } from './start-test-service.ts';
export { type Reply, type RequestOptions, TestClient } from './test-client.ts';

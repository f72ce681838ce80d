export { localPostgresStatus, type StartOptions, startLocalPostgres, stopLocalPostgres } from './persistent.ts';
export type { LocalServer } from './server.ts';
export { startThrowawayPostgres, type ThrowawayServer } from './throwaway.ts';

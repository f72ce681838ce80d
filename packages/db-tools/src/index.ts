export { type DbConfig, defineConfig, type LoadedConfig, loadConfig, type Seed } from './config.ts';
export { DbError, type DbErrorOptions, EXIT, type ExitCode } from './errors.ts';

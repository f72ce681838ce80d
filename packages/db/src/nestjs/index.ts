export { DrizzleModule } from './drizzle.module.ts';
export type { DrizzleModuleAsyncOptions, DrizzleModuleOptions, DrizzleOptionsFactory } from './drizzle-options.ts';
export { getDrizzleToken, InjectDrizzle } from './inject-drizzle.decorator.ts';

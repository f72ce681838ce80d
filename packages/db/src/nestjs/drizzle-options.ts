import type { InjectionToken, ModuleMetadata, OptionalFactoryDependency, Type } from '@nestjs/common';

/** A database to be made: `drizzle` of a driver's package is called with everything else that is given here. */
interface DrizzleToMake {
  // biome-ignore lint/suspicious/noExplicitAny: every driver's function has parameters of its own
  drizzle: (config: any) => object;
  connection?: unknown;
  [config: string]: unknown;
}

/**
 * A database that is there. Not one made when a file is imported: the first application to close would close it for
 * all.
 */
interface DrizzleGiven {
  db: object;
}

export type DrizzleModuleOptions = (DrizzleToMake | DrizzleGiven) & {
  /** Which database it is, when there are several; goes into the token. */
  name?: string;
  /** Whether the application closes `db.$client` when it shuts down; true unless given. */
  autoCloseConnection?: boolean;
};

export interface DrizzleOptionsFactory {
  createDrizzleOptions(): Promise<DrizzleModuleOptions> | DrizzleModuleOptions;
}

export interface DrizzleModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Given here, since the token must be known before the options are. */
  name?: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever `inject` names
  useFactory?: (...dependencies: any[]) => Promise<DrizzleModuleOptions> | DrizzleModuleOptions;
  inject?: (InjectionToken | OptionalFactoryDependency)[];
  useClass?: Type<DrizzleOptionsFactory>;
  useExisting?: Type<DrizzleOptionsFactory>;
}

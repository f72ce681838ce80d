import { type DynamicModule, Inject, Module, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import type { DrizzleModuleAsyncOptions, DrizzleModuleOptions, DrizzleOptionsFactory } from './drizzle-options.ts';
import { getDrizzleToken } from './inject-drizzle.decorator.ts';

const OPTIONS = Symbol('DrizzleModuleOptions');
const CONNECTION = Symbol('DrizzleConnection');

interface Connection {
  db: { $client?: { end?: () => unknown; close?: () => unknown } };
  options: DrizzleModuleOptions;
}

/**
 * Provides a drizzle database to the whole application, under `getDrizzleToken(name)`, and closes it with the
 * application.
 *
 * Names and semantics are those of the official @nestjs/drizzle (https://docs.nestjs.com/data/drizzle), which can take
 * its place: import from there what is imported from here.
 */
@Module({})
export class DrizzleModule implements OnApplicationShutdown {
  readonly #connection: Connection;

  constructor(@Inject(CONNECTION) connection: Connection) {
    this.#connection = connection;
  }

  static forRoot(options: DrizzleModuleOptions): DynamicModule {
    return toModule(options.name, [{ provide: OPTIONS, useValue: options }]);
  }

  static forRootAsync(options: DrizzleModuleAsyncOptions): DynamicModule {
    return toModule(options.name, provideOptions(options), options.imports);
  }

  async onApplicationShutdown(): Promise<void> {
    const { db, options } = this.#connection;
    if (options.autoCloseConnection === false) return;
    // Drivers call it one way or the other.
    await (db.$client?.end?.() ?? db.$client?.close?.());
  }
}

function toModule(
  name: string | undefined,
  optionsProviders: Provider[],
  imports: DynamicModule['imports'] = [],
): DynamicModule {
  const token = getDrizzleToken(name);
  return {
    module: DrizzleModule,
    global: true,
    imports,
    providers: [
      ...optionsProviders,
      { provide: token, useFactory: makeDatabase, inject: [OPTIONS] },
      {
        provide: CONNECTION,
        useFactory: (db: Connection['db'], options: DrizzleModuleOptions): Connection => ({ db, options }),
        inject: [token, OPTIONS],
      },
    ],
    exports: [token],
  };
}

function provideOptions({ useFactory, inject, useClass, useExisting }: DrizzleModuleAsyncOptions): Provider[] {
  if (useFactory) return [{ provide: OPTIONS, useFactory, inject: inject ?? [] }];
  const factory = useClass ?? useExisting;
  if (!factory) throw new Error('DrizzleModule.forRootAsync() needs one of useFactory, useClass and useExisting.');
  return [
    ...(useClass ? [{ provide: useClass, useClass }] : []),
    {
      provide: OPTIONS,
      useFactory: (instance: DrizzleOptionsFactory) => instance.createDrizzleOptions(),
      inject: [factory],
    },
  ];
}

function makeDatabase(options: DrizzleModuleOptions): object {
  if ('db' in options && options.db) return options.db;
  const { drizzle, name, autoCloseConnection, ...config } = options as Extract<
    DrizzleModuleOptions,
    { drizzle: unknown }
  >;
  return drizzle(config);
}

import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectedDatabase, closeDatabases, getDatabase } from '../index.ts';
import * as schema from '../schema/index.ts';
import { createTestDatabase, type TestDatabase } from '../testing/index.ts';
import {
  DrizzleModule,
  type DrizzleModuleOptions,
  type DrizzleOptionsFactory,
  getDrizzleToken,
  InjectDrizzle,
} from './index.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
});

afterAll(async () => {
  await closeDatabases();
  await test.close();
});

@Injectable()
class Reader {
  readonly db: ConnectedDatabase;

  constructor(@InjectDrizzle() db: ConnectedDatabase) {
    this.db = db;
  }
}

@Module({ providers: [Reader], exports: [Reader] })
class Feature {}

const start = async (...imports: ReturnType<typeof DrizzleModule.forRoot>[]) => {
  const app = await Test.createTestingModule({ imports: [...imports, Feature] }).compile();
  await app.init();
  return app;
};

const works = async (db: ConnectedDatabase) => {
  try {
    const [row] = await db.execute(sql`select 1 as one`);
    return row?.one === 1;
  } catch {
    return false;
  }
};

it('the token is DrizzleDatabase, after the name if there is one', () => {
  expect([getDrizzleToken(), getDrizzleToken('reports')]).toEqual(['DrizzleDatabase', 'reportsDrizzleDatabase']);
});

describe('forRoot', () => {
  it('provides a given database to every module, and closes it with the application', async () => {
    const db = getDatabase(test.url);
    const app = await start(DrizzleModule.forRoot({ db }));
    expect(app.get(Reader).db).toBe(db);
    expect(await works(db)).toBe(true);
    await app.close();
    expect(await works(db)).toBe(false);
    expect(await works(getDatabase(test.url))).toBe(true);
  });

  it('leaves it open when told so', async () => {
    const db = getDatabase(test.url);
    const app = await start(DrizzleModule.forRoot({ db, autoCloseConnection: false }));
    await app.close();
    expect(await works(db)).toBe(true);
  });

  it('makes a database of the function of a driver, with the config that is given', async () => {
    const app = await start(DrizzleModule.forRoot({ drizzle, connection: test.url, schema }));
    const { db } = app.get(Reader);
    expect(await db.query.users.findMany()).toEqual([]);
    await app.close();
    expect(await works(db)).toBe(false);
  });

  it('provides several by name', async () => {
    const app = await start(
      DrizzleModule.forRoot({ db: getDatabase(test.url) }),
      DrizzleModule.forRoot({ drizzle, connection: test.url, name: 'reports' }),
    );
    const reports = app.get<ConnectedDatabase>(getDrizzleToken('reports'));
    expect(reports).not.toBe(app.get(getDrizzleToken()));
    await app.close();
    expect(await works(reports)).toBe(false);
  });
});

describe('forRootAsync', () => {
  @Injectable()
  class Config implements DrizzleOptionsFactory {
    createDrizzleOptions(): DrizzleModuleOptions {
      return { db: getDatabase(test.url) };
    }
  }

  @Module({ providers: [Config], exports: [Config] })
  class ConfigModule {}

  it.each([
    {
      way: 'useFactory with what it injects',
      options: {
        imports: [ConfigModule],
        inject: [Config],
        useFactory: async (config: Config) => config.createDrizzleOptions(),
      },
    },
    { way: 'useClass', options: { useClass: Config } },
    { way: 'useExisting', options: { imports: [ConfigModule], useExisting: Config } },
  ])('takes its options from $way', async ({ options }) => {
    const app = await start(DrizzleModule.forRootAsync(options));
    const { db } = app.get(Reader);
    expect(await works(db)).toBe(true);
    await app.close();
    expect(await works(db)).toBe(false);
  });

  it('knows its name before the options are made', async () => {
    const useFactory = () => ({ drizzle, connection: test.url });
    const app = await start(
      DrizzleModule.forRootAsync({ useClass: Config }),
      DrizzleModule.forRootAsync({ name: 'reports', useFactory }),
    );
    expect(await works(app.get(getDrizzleToken('reports')))).toBe(true);
    await app.close();
  });

  it('says what is missing', () => {
    expect(() => DrizzleModule.forRootAsync({})).toThrow('needs one of useFactory, useClass and useExisting');
  });
});

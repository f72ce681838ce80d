import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type ConnectedDatabase, getDatabase, sql } from '@org/db';
import { DrizzleModule } from '@org/db/nestjs';
import { AuthGuard } from './auth/auth.guard.ts';
import type { ServiceDefinition } from './bootstrap.ts';
import type { ServiceConfig } from './config/base-config.ts';
import { SERVICE_CONFIG } from './config/inject-config.ts';
import { SHARED_CODES } from './errors/codes.ts';
import { ProblemFilter } from './errors/problem.filter.ts';
import { HealthController } from './health/health.controller.ts';
import { createAdapter } from './http/adapter.ts';
import { corsOptions } from './http/cors.ts';
import { Lifecycle } from './lifecycle/lifecycle.ts';
import { createLogger } from './logging/create-logger.ts';
import { logRequests } from './logging/log-requests.ts';
import { serviceLogger } from './logging/service-logger.ts';
import { serveOpenApi } from './openapi/serve-openapi.ts';
import { QueryGuard } from './validation/query.guard.ts';
import { validationPipe } from './validation/validation.pipe.ts';

/** The application of a service, initialised and not listening yet. */
export async function createService(
  { module, codes: ownCodes }: Pick<ServiceDefinition, 'module' | 'codes'>,
  config: ServiceConfig,
  lifecycle = new Lifecycle(),
): Promise<NestFastifyApplication> {
  const codes = { ...ownCodes, ...SHARED_CODES };
  const db = getDatabase(config.DATABASE_URL, {
    max: config.DB_POOL_MAX,
    statementTimeout: config.DB_STATEMENT_TIMEOUT,
    prepare: config.DB_PREPARE,
    applicationName: config.name,
  });
  // The first connection is made while the rest starts. Whether there can be one, readiness tells.
  void db.execute(sql`select`).catch(() => {});
  const adapter = createAdapter(lifecycle, { trustProxy: config.TRUST_PROXY });
  const logger = await createLogger(config);
  logRequests(adapter.getInstance(), logger);
  // Before the routes are made, so that it sees them. Not loaded unless it is used.
  if (config.METRICS_PORT !== undefined) {
    const { startMetrics } = await import('./metrics/metrics.ts');
    await startMetrics(adapter.getInstance(), db, config);
  }
  const app = await NestFactory.create<NestFastifyApplication>(rootModule(module, config, { lifecycle, db }), adapter, {
    bufferLogs: true,
    // Throw, instead of ending the process from inside.
    abortOnError: false,
    // acceptJsonOnly has set the only parser.
    bodyParser: false,
    routeConflictPolicy: { duplicate: 'error', shadow: 'off' },
  });
  app.useLogger(serviceLogger(logger));
  // Nest's own: the headers of @fastify/helmet, on every answer. HTTPS is promised in production only, where something
  // in front of the service speaks it; elsewhere a page at http:// must not be upgraded, or /docs would lose its
  // assets.
  app.useSecurityHeaders({
    contentSecurityPolicy: {
      directives: { baseUri: ["'none'"], frameAncestors: ["'none'"], upgradeInsecureRequests: null },
    },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: config.NODE_ENV === 'production',
  });
  if (config.CORS_ORIGINS.length > 0) app.enableCors(corsOptions(config.CORS_ORIGINS));
  app.useGlobalFilters(new ProblemFilter(codes));
  app.useGlobalPipes(validationPipe());
  await serveOpenApi(app, config, codes);
  await app.init();
  return app;
}

/** The features of the service, among what every service has. */
function rootModule(module: Type, config: ServiceConfig, { lifecycle, db }: Parts): DynamicModule {
  const provideConfig = { provide: SERVICE_CONFIG, useValue: config };
  return {
    module: ServiceModule,
    global: true,
    imports: [DrizzleModule.forRoot({ db }), module],
    controllers: [HealthController],
    providers: [
      provideConfig,
      { provide: Lifecycle, useValue: lifecycle },
      { provide: APP_GUARD, useClass: AuthGuard },
      { provide: APP_GUARD, useClass: QueryGuard },
    ],
    exports: [provideConfig],
  };
}

interface Parts {
  lifecycle: Lifecycle;
  db: ConnectedDatabase;
}

@Module({})
class ServiceModule {}

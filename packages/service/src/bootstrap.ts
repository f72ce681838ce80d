import { once } from 'node:events';
import { Logger, type Type } from '@nestjs/common';
import type { ServiceConfig } from './config/base-config.ts';
import { ConfigError } from './config/read-service-config.ts';
import { createService } from './create-service.ts';
import type { OwnCode, ProblemCode } from './errors/codes.ts';
import { closeGracefully } from './lifecycle/close-gracefully.ts';
import { endOnSignals } from './lifecycle/end-on-signals.ts';
import { Lifecycle } from './lifecycle/lifecycle.ts';
import { migrateOnStart } from './lifecycle/migrate-on-start.ts';
import { describeError } from './logging/describe-error.ts';

/** What a service is. */
export interface ServiceDefinition {
  /** Its features. */
  module: Type;
  /** Reads its configuration from an environment, the process's own by default. */
  config: (env?: Record<string, string | undefined>) => ServiceConfig;
  /** Of the problems that only this service answers with. */
  codes: Readonly<Record<OwnCode, ProblemCode>>;
}

/**
 * The whole life of a service: read the configuration, migrate if told to, listen, end on a signal, in whatever it is
 * doing. What the person who starts it can mend is told in a sentence, with exit code 1.
 */
export async function bootstrap(service: ServiceDefinition): Promise<void> {
  try {
    await start(service);
  } catch (error) {
    const lines = sentences(error);
    if (lines === undefined) throw error;
    process.stderr.write(`${lines}\n`);
    process.exit(1);
  }
}

async function start(service: ServiceDefinition): Promise<void> {
  const config = service.config();
  const lifecycle = new Lifecycle();
  endOnSignals(lifecycle, config);
  endOnUncaught();
  if (config.MIGRATE_ON_START) await migrateOnStart(config, lifecycle.ending);
  if (!lifecycle.draining) await serve(service, config, lifecycle);
  process.exit(0);
}

/** Returns when a signal has come and everything is closed. */
async function serve(service: ServiceDefinition, config: ServiceConfig, lifecycle: Lifecycle): Promise<void> {
  const app = await createService(service, config, lifecycle);
  // A signal may have come meanwhile.
  if (lifecycle.draining) return await app.close();
  // Fastify's own listen: Nest's logs the error as well as throwing it.
  await app.getHttpAdapter().getInstance().listen({ port: config.PORT, host: config.HOST });
  new Logger('Lifecycle').log(`${config.name} listens on ${config.HOST}, port ${config.PORT}`);
  if (!lifecycle.draining) await once(lifecycle.ending, 'abort');
  await closeGracefully(app, config);
}

/** Something is wrong that no code expected: log it where the rest is logged, and let the orchestrator start anew. */
function endOnUncaught(): void {
  process.on('uncaughtException', (error) => {
    new Logger('Lifecycle').fatal({ err: error, ...describeError(error) });
    process.exit(1);
  });
}

function sentences(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof ConfigError) return isUnderDev() ? `${error.message}\n${RESTART}` : error.message;
  const { code, hint, address, hostname, port } = error as Error & {
    code?: string;
    hint?: string;
    address?: string;
    hostname?: string;
    port?: number;
  };
  if (error.name === 'DbError') return hint ? `${error.message}\n${hint}` : error.message;
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is taken; stop what listens there, or choose another: PORT=${(port ?? 0) + 1}`;
  if (code === 'EACCES') return `Port ${port} on ${address} needs more rights; choose one above 1023: PORT=3001`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return `HOST ${address ?? hostname} is not an address of this machine; use 127.0.0.1 or 0.0.0.0`;
  return undefined;
}

const RESTART = 'After a change of .env: Ctrl-C and pnpm dev';

/** The script `dev` of a service waits for a change of the source, with `node --watch`, and sees none of .env. */
function isUnderDev(): boolean {
  return process.env.npm_lifecycle_event === 'dev';
}

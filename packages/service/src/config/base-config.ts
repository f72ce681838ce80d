import { parseDatabaseUrl } from '@org/db-tools/url';
import { z } from 'zod';
import { booleanFlag, integer, oneOf, port } from './fields.ts';
import { origins } from './origins.ts';
import { proxies } from './proxies.ts';

/** Checked by the parser of the client, so that a mistake is a sentence at start, not a failed connection later. */
const postgresUrl = z
  .string({ error: 'is not set; for the local database: export DATABASE_URL="$(pnpm -s db url)"' })
  .superRefine((url, context) => {
    try {
      parseDatabaseUrl(url, '');
    } catch (error) {
      const { message, hint } = error as Error & { hint?: string };
      context.addIssue({ code: 'custom', message: `${message.trim()}${hint ? ` ${hint}.` : ''}`.replace(/\.$/, '') });
    }
  });

/** What every service reads from its environment. A service adds its own with `baseConfig.extend({ … })`. */
export const baseConfig = z.object({
  NODE_ENV: oneOf(['development', 'test', 'production']).default('development'),
  PORT: port,
  HOST: z.string(),
  /** Where Prometheus reads /metrics; nowhere unless set. */
  METRICS_PORT: port.optional(),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DATABASE_URL: postgresUrl,
  /** Unset when it is the same. */
  DATABASE_URL_DIRECT: postgresUrl.optional(),
  /** Connections per process. */
  DB_POOL_MAX: integer(1, 1000).optional(),
  /** Milliseconds; 0 is no limit. */
  DB_STATEMENT_TIMEOUT: integer(0, 3_600_000).optional(),
  DB_PREPARE: booleanFlag.optional(),
  /** Web pages of these origins may call the service with their scripts; none unless named. */
  CORS_ORIGINS: origins.default([]),
  /** Whose X-Forwarded-For is believed; nobody's unless named. */
  TRUST_PROXY: proxies.default([]),
  DOCS_ENABLED: booleanFlag,
  MIGRATE_ON_START: booleanFlag.default(false),
  /** Milliseconds from SIGTERM, when readiness turns 503, to the end of accepting: for a load balancer to notice. */
  SHUTDOWN_DELAY: integer(0, 300_000),
  /** Milliseconds that requests in flight get after that, before the process ends with exit code 1. */
  SHUTDOWN_TIMEOUT: integer(1, 300_000).default(10_000),
});

export type BaseConfig = z.infer<typeof baseConfig>;

/** What readServiceConfig returns at least. */
export type ServiceConfig = BaseConfig & { readonly name: string };

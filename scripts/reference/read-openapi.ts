import { type ChildProcess, spawn } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ProblemCode } from '../../packages/service/src/errors/codes.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface ServiceDocument {
  name: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

export interface Operation {
  summary?: string;
  security?: object[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, OpenApiResponse>;
}

export interface OpenApiResponse {
  description: string;
  headers?: Record<string, unknown>;
  content?: Record<string, { schema: Schema }>;
}

export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: string[];
  description?: string;
  nullable?: boolean;
  default?: unknown;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: unknown;
  /** Of the schema Problem: what each code means. */
  'x-codes'?: ProblemCodes;
}

export type ProblemCodes = Readonly<Record<string, ProblemCode>>;

/**
 * What each service under apps/ serves at /openapi.json, in the order of their ports. They are started, without a
 * database.
 */
export async function readOpenApi(): Promise<ServiceDocument[]> {
  const services = globSync('apps/*/package.json', { cwd: ROOT }).map((file) => ({
    folder: join(ROOT, dirname(file)),
    port: Number(JSON.parse(readFileSync(join(ROOT, file), 'utf8')).config.port),
  }));
  services.sort((one, other) => one.port - other.port);
  return Promise.all(services.map(({ folder }) => read(folder)));
}

async function read(folder: string): Promise<ServiceDocument> {
  for (let attempt = 1; ; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const service = start(folder, port);
    try {
      return { ...(await ask(service, `http://127.0.0.1:${port}/openapi.json`)), name: basename(folder) };
    } catch (error) {
      // The port may have been taken.
      if (attempt === 3) throw error;
    } finally {
      service.kill('SIGKILL');
    }
  }
}

/** In production nothing is read from .env files. */
function start(folder: string, port: number): ChildProcess {
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_LEVEL: 'fatal',
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
  };
  const args = ['--import', '@oxc-node/core/register', 'src/main.ts'];
  return spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function ask(service: ChildProcess, url: string): Promise<Omit<ServiceDocument, 'name'>> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const reply = await fetch(url).catch(() => undefined);
    if (reply?.ok) return (await reply.json()) as ServiceDocument;
    if (service.exitCode !== null || Date.now() > deadline)
      throw new Error(`${service.spawnargs.join(' ')} (exit ${service.exitCode}) does not serve ${url}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

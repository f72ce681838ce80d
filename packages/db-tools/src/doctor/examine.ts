import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../connection/connect.ts';
import { toDbError } from '../errors.ts';
import type { Check, Clone, Finding, OpenClone } from './check.ts';
import { connections } from './checks/connections.ts';
import { disk } from './checks/disk.ts';
import { drizzle } from './checks/drizzle.ts';
import { foreignKeys, invalidIndexes } from './checks/indexes.ts';
import { migrations } from './checks/migrations.ts';
import { node } from './checks/node.ts';
import { ownership } from './checks/ownership.ts';
import { pnpm } from './checks/pnpm.ts';
import { pooler } from './checks/pooler.ts';
import { rights } from './checks/rights.ts';
import { schema } from './checks/schema.ts';
import { server } from './checks/server.ts';
import { sessions } from './checks/sessions.ts';
import { settings } from './checks/settings.ts';
import { tables } from './checks/tables.ts';
import { tls, url } from './checks/url.ts';

const OF_CLONE: Check<Clone>[] = [node, pnpm, drizzle, disk, schema, settings, url, tls];
const OF_DATABASE: Check<OpenClone>[] = [
  server,
  rights,
  pooler,
  connections,
  migrations,
  tables,
  invalidIndexes,
  foreignKeys,
  sessions,
  ownership,
];

export interface Examined extends Finding {
  check: string;
}

/** Runs every check; those of the database only when it is reached. Writes nothing. */
export async function examine(clone: Clone): Promise<Examined[]> {
  const found: Examined[] = [];
  for (const check of OF_CLONE) found.push(...(await ask(check, clone)));
  if (!clone.target) return found;
  const { url, connectTimeout } = clone.target;
  try {
    const sql = await connect(url, { connectTimeout, applicationName: 'db doctor' });
    try {
      found.push({ check: 'connection', level: 'ok', message: `${clone.target.name} answers.` });
      const open = { ...clone, target: clone.target, sql };
      for (const check of OF_DATABASE) found.push(...(await ask(check, open)));
    } finally {
      await sql.end({ timeout: 1 });
    }
  } catch (error) {
    found.push(asFinding('connection', error));
  }
  return found;
}

/** The services of a workspace: its folders under apps/. */
export function listServices(root: string): string[] {
  const folder = join(root, 'apps');
  return existsSync(folder) ? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'package.json'))) : [];
}

/** What was thrown, as the failure of a check. */
export function asFinding(check: string, error: unknown): Examined {
  const { message, hint } = toDbError(error);
  return { check, level: 'fail', message, fix: hint ?? 'DEBUG=1 pnpm db doctor' };
}

async function ask<Context>(check: Check<Context>, context: Context): Promise<Examined[]> {
  try {
    return (await check.run(context)).map((finding) => ({ check: check.name, ...finding }));
  } catch (error) {
    return [asFinding(check.name, error)];
  }
}

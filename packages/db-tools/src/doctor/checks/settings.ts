import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Setting } from '../../environment/load.ts';
import { type Check, type Clone, type Finding, fail, ok, warn } from '../check.ts';

const PARTS = ['HOST', 'PORT', 'USER', 'PASSWORD', 'NAME', 'SSLMODE', 'POOL_MAX', 'STATEMENT_TIMEOUT', 'PREPARE'];
/** What other tools call it, and nothing here reads. */
const LOOKALIKES: Record<string, string> = {
  DB_URL: 'DATABASE_URL',
  DB_DATABASE: 'DB_NAME',
  DB_USERNAME: 'DB_USER',
  DB_PASS: 'DB_PASSWORD',
  DIRECT_URL: 'DATABASE_URL_DIRECT',
  DIRECT_DATABASE_URL: 'DATABASE_URL_DIRECT',
  MIGRATION_DATABASE_URL: 'DATABASE_URL_DIRECT',
  POSTGRES_URL: 'DATABASE_URL',
};

export const settings: Check<Clone> = {
  name: 'settings',
  run({ config, services, settings, env }) {
    const places = new Map<string, Setting>();
    for (const service of [undefined, ...services]) {
      for (const [name, setting] of Object.entries(settings(service))) {
        if (isOurs(name)) places.set(`${name} ${setting.source}`, setting);
      }
    }
    const findings: Finding[] = [...places.keys()].sort().flatMap((key) => {
      const at = key.indexOf(' ');
      return judge(key.slice(0, at), places.get(key)!, config.root);
    });
    const file = join(config.root, '.env');
    if (env.NODE_ENV === 'production' && existsSync(file)) {
      findings.push(
        ...warn(`${file} is not read, since NODE_ENV is production.`, 'Set what it has in the environment'),
      );
    }
    return findings.length > 0 ? findings : ok('Nothing is set; every default holds.');
  },
};

function judge(name: string, { value, source }: Setting, root: string): Finding[] {
  const place = source.startsWith(root) ? source.slice(root.length + 1) : source;
  const [, own, part] = name.match(/^(.+_)?DB_([A-Z_]+?)(_FILE)?$/) ?? [];
  const meant =
    LOOKALIKES[name] ?? (part && !PARTS.includes(part) ? 'one of DB_'.concat(PARTS.join(', DB_')) : undefined);
  if (meant) return warn(`${name} (${place}) is set, and nothing reads it.`, `Name it ${meant}`);
  if (part === 'PREPARE' && !/^(true|false)$/.test(value)) {
    return fail(`${name} (${place}) is neither true nor false.`, `${own ?? ''}DB_PREPARE=false`);
  }
  if (part === 'POOL_MAX' && !/^[1-9]\d{0,3}$/.test(value)) {
    return fail(`${name} (${place}) is not a number of connections.`, `${own ?? ''}DB_POOL_MAX=10`);
  }
  return ok(`${name} is set in ${place}.`);
}

function isOurs(name: string): boolean {
  return name in LOOKALIKES || /^(.+_)?(DATABASE_URL(_DIRECT)?(_FILE)?|DB_[A-Z_]+)$|^NODE_ENV$|^CI$/.test(name);
}

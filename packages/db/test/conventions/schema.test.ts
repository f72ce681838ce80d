import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { is } from 'drizzle-orm';
import { getTableConfig, isPgEnum, isPgSchema, PgTable } from 'drizzle-orm/pg-core';
import { describe, expect, it } from 'vitest';
import * as schema from '../../src/schema/index.ts';
import { BELONGS_TO_NOBODY, findViolations } from './rules.ts';

const FOLDER = join(import.meta.dirname, '../../src/schema');
const exported: unknown[] = Object.values(schema);
const tables = exported.filter((value) => is(value, PgTable));
const domains = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe('the schema', () => {
  it('keeps every convention', () => {
    expect(findViolations(tables)).toEqual([]);
  });

  it('has as many tables as files for tables', () => {
    const files = domains.flatMap(tableFiles);
    expect(tables).toHaveLength(files.length);
  });

  it('lists as belonging to nobody only tables that there are', () => {
    const names = tables.map((table) => `${getTableConfig(table).schema}.${getTableConfig(table).name}`);
    expect(names).toEqual(expect.arrayContaining(BELONGS_TO_NOBODY));
  });

  it('has no enum outside of a PostgreSQL schema', () => {
    expect(exported.filter(isPgEnum).filter((value) => !value.schema)).toEqual([]);
  });
});

describe.each(domains)('the domain %s', (domain) => {
  it('is one PostgreSQL schema of the same name', async () => {
    const module: Record<string, unknown> = await import(join(FOLDER, domain, 'index.ts'));
    const values = Object.values(module);
    expect(values.filter(isPgSchema).map((value) => value.schemaName)).toEqual([domain]);
    const owners = values.filter((value) => is(value, PgTable)).map((table) => getTableConfig(table).schema);
    expect(new Set(owners)).toEqual(new Set([domain]));
  });

  it.each(tableFiles(domain))('has in %s one table of that name', async (file) => {
    const module: Record<string, unknown> = await import(join(FOLDER, domain, file));
    const names = Object.values(module)
      .filter((value) => is(value, PgTable))
      .map((table) => getTableConfig(table).name);
    expect(names).toEqual([file.replace(/\.ts$/, '').replaceAll('-', '_')]);
  });
});

function tableFiles(domain: string): string[] {
  return readdirSync(join(FOLDER, domain)).filter((file) => !['index.ts', 'schema.ts'].includes(file));
}

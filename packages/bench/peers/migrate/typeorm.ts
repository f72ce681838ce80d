import 'reflect-metadata';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';

const folder = process.argv[2]!;
const files = readdirSync(folder).filter((file) => file.endsWith('.sql'));
const migrations = files.sort().map((file, index) => {
  const name = `Table${1_700_000_000_000 + index}`;
  const read = () => readFileSync(path.join(folder, file), 'utf8').split('--> statement-breakpoint');
  const migration = class implements MigrationInterface {
    name = name;
    async up(runner: QueryRunner): Promise<void> {
      for (const statement of read()) await runner.query(statement);
    }
    async down(): Promise<void> {}
  };
  return Object.defineProperty(migration, 'name', { value: name });
});
const source = new DataSource({ type: 'postgres', url: process.env.DATABASE_URL!, migrations });
await source.initialize();
await source.runMigrations({ transaction: 'each' });
await source.destroy();

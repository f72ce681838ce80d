import { defineConfig } from '@org/db-tools';

export default defineConfig({
  database: 'app',
  migrations: './migrations',
  schema: './src/schema/index.ts',
});

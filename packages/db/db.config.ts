import { defineConfig } from '@org/db-tools';
import { access } from './src/access.ts';

export default defineConfig({
  database: 'app',
  migrations: './migrations',
  schema: './src/schema/index.ts',
  access,
  seeds: {
    reference: {
      run: async (url) => (await import('./src/seeds/index.ts')).seedReference(url),
    },
    dev: {
      run: async (url) => (await import('./src/seeds/index.ts')).seedDev(url),
      localOnly: true,
    },
  },
});

import { defineConfig } from 'drizzle-kit';
import { access } from './src/access.ts';

/** For drizzle-kit itself, which stays usable; `pnpm db` reads db.config.ts. */
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/schema/index.ts',
  out: './migrations',
  // Without it drizzle-kit looks at the schema "public" alone, and calls whatever it finds there equal.
  schemaFilter: Object.keys(access.domains),
  dbCredentials: { url: process.env.DATABASE_URL_DIRECT ?? process.env.DATABASE_URL ?? '' },
});

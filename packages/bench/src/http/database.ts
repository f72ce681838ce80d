import { hash, randomUUID } from 'node:crypto';
import { createDatabase, migrate } from '@org/db/migrate';
import { startThrowawayPostgres } from '@org/db-tools/local-postgres';
import { withDatabase } from '@org/db-tools/url';
import postgres from 'postgres';

export interface BenchDatabase {
  url: string;
  /** A session's. */
  token: string;
  /** Of files of that user. */
  fileIds: string[];
  stop(): Promise<void>;
}

/** A server of its own with a migrated database, one session and 2,000 files, every tenth of them with two tags. */
export async function createBenchDatabase(): Promise<BenchDatabase> {
  const server = await startThrowawayPostgres();
  const url = withDatabase(server.url, 'bench');
  await createDatabase(url);
  await migrate({ url });
  const token = randomUUID();
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql.unsafe(FILL.replace(':hash', `'\\x${hash('sha256', token)}'`)).simple();
  const files = await sql<{ id: string }[]>`select id from files.files order by created_at limit 500`;
  await sql.end();
  return { url, token, fileIds: files.map(({ id }) => id), stop: () => server.stop() };
}

const FILL = `
  insert into identity.users (email, password_hash, name) values ('bench@example.com', 'none', 'Bench');
  insert into identity.sessions (user_id, token_hash, expires_at)
    select id, :hash, now() + interval '1 day' from identity.users;
  insert into files.files (user_id, name, mime_type, size, metadata, created_at)
    select id, 'Contract ' || n || '.pdf', 'application/pdf', n * 1000, '{"author": "Ada"}', now() - n * interval '1 minute'
    from identity.users, generate_series(1, 2000) n;
  insert into files.tags (user_id, name) select id, unnest(array['red', 'green']) from identity.users;
  insert into files.file_tags (user_id, file_id, tag_id)
    select f.user_id, f.id, t.id from files.files f, files.tags t where f.size % 10000 = 0;
  analyze;
`;

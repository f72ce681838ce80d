import { hash } from 'node:crypto';
import fastify from 'fastify';
import postgres from 'postgres';

/**
 * Fastify and postgres.js with nothing between them: the same token and row queries as `files`, and nothing else that
 * it does.
 */
const sql = postgres(process.env.DATABASE_URL!, { max: 10, types: { bigint: numbers() } });
const server = fastify();

server.addHook('onRequest', async (request) => {
  const token = request.headers.authorization?.replace('Bearer ', '') ?? '';
  const [session] =
    await sql`select user_id, role, session_id from identity.authenticate(${Buffer.from(hash('sha256', token, 'buffer'))})`;
  if (!session) throw new Error('unauthenticated');
  (request as unknown as { userId: string }).userId = session.user_id;
});

server.get('/v1/files/:id', async (request) => {
  const { id } = request.params as { id: string };
  const [file] =
    await sql`select ${columns()} from files.files where user_id = ${userOf(request)} and id = ${id} and deleted_at is null`;
  return toFile(file!);
});

server.get('/v1/files', async (request) => {
  const limit = Number((request.query as { limit: string }).limit);
  const rows = await sql`
    select ${columns()} from files.files where user_id = ${userOf(request)} and deleted_at is null
    order by created_at desc, id desc limit ${limit + 1}`;
  const items = rows.slice(0, limit).map(toFile);
  const last = items.at(-1);
  const cursor = rows.length > limit && last ? Buffer.from(`${last.createdAt} ${last.id}`).toString('base64url') : null;
  return { items, nextCursor: cursor };
});

await server.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });

function userOf(request: unknown): string {
  return (request as { userId: string }).userId;
}

function columns() {
  return sql`id, user_id, folder_id, name, mime_type, size, metadata, version, created_at, updated_at, deleted_at, (
    select coalesce(jsonb_agg(t.name order by t.name), '[]')
    from files.file_tags ft join files.tags t on t.user_id = ft.user_id and t.id = ft.tag_id
    where ft.user_id = files.user_id and ft.file_id = files.id) as tags`;
}

function toFile(row: postgres.Row) {
  return {
    id: row.id as string,
    folderId: row.folder_id,
    name: row.name,
    mimeType: row.mime_type,
    size: row.size,
    tags: row.tags,
    metadata: row.metadata,
    version: row.version,
    createdAt: row.created_at.toISOString() as string,
    updatedAt: row.updated_at.toISOString(),
  };
}

function numbers() {
  return { to: 20, from: [20], serialize: String, parse: Number };
}

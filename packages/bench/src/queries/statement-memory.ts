import { getDatabase, sql } from '@org/db';

/**
 * Megabytes by which one backend grew after `shapes` statements that differ in the length of a list and in what they
 * select.
 */
export async function statementMemory(url: string, shapes: number): Promise<number> {
  const db = getDatabase(`${url}?application_name=memory`, { max: 1 });
  const before = await memory(db);
  for (let round = 0; round < 3; round++) {
    for (let shape = 1; shape <= shapes; shape++) {
      const ids = sql.join(
        Array.from({ length: shape }, (_, id) => sql`${id}`),
        sql`, `,
      );
      await db.execute(sql`select id, ${sql.raw(`total + ${shape}`)} from orders where id in (${ids})`);
    }
  }
  const after = await memory(db);
  await db.$client.end();
  return (after - before) / 1024 ** 2;
}

async function memory(db: ReturnType<typeof getDatabase>): Promise<number> {
  const [row] = await db.execute<{ bytes: string }>(
    sql`select sum(total_bytes) as bytes from pg_backend_memory_contexts`,
  );
  return Number(row!.bytes);
}

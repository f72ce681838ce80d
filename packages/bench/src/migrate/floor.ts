import postgres from 'postgres';

/** What no migration tool can be quicker than: connect, ask, end. */
const sql = postgres(process.env.DATABASE_URL!, { max: 1 });
await sql`select 1`;
await sql.end();

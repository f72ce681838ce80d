import { sql } from 'drizzle-orm';
import { openDatabase } from '../../src/connection.ts';

/** A process that is in the middle of a transaction until it is killed. */
const db = openDatabase(process.argv[2]!, { applicationName: 'faults' });
await db.transaction(async (tx) => {
  await tx.execute(sql`insert into rows values (1)`);
  process.send?.('open');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});

import { sql } from 'drizzle-orm';
import type { ConnectedDatabase } from '../../src/connection.ts';
import { withTransaction } from '../../src/transaction.ts';

const ACCOUNTS = 50;
export const TOTAL = ACCOUNTS * 1_000;

export const CREATE_BANK = `
  drop table if exists accounts, transfers;
  create table accounts (id int primary key, balance int not null);
  create table transfers (id uuid primary key, half int not null);
  insert into accounts select i, 1000 from generate_series(1, ${ACCOUNTS}) i;
`;

/** Moves money between two accounts; four statements of which all happen, or none. Waits `milliseconds` in between. */
export function transfer(db: ConnectedDatabase, milliseconds = 0): Promise<void> {
  const [from, to] = pick();
  const id = crypto.randomUUID();
  return withTransaction(
    db,
    async (tx) => {
      await tx.execute(sql`insert into transfers values (${id}, 1)`);
      if (milliseconds) await tx.execute(sql`select pg_sleep(${milliseconds / 1000})`);
      await tx.execute(sql`update accounts set balance = balance - 1 where id = ${from}`);
      await tx.execute(sql`update accounts set balance = balance + 1 where id = ${to}`);
      await tx.execute(sql`update transfers set half = 2 where id = ${id}`);
    },
    { retry: true },
  );
}

/** In one order, so that two transfers seldom wait for each other both ways. */
function pick(): [number, number] {
  const from = 1 + Math.floor(Math.random() * ACCOUNTS);
  const to = 1 + ((from + Math.floor(Math.random() * (ACCOUNTS - 1))) % ACCOUNTS);
  return from < to ? [from, to] : [to, from];
}

export const AUDIT = `select (select sum(balance)::int from accounts) as total,
  (select count(*)::int from transfers where half <> 2) as half_applied,
  (select count(*)::int from transfers) as transfers`;

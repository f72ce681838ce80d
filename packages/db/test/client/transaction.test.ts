import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outsideTransaction } from '../../src/client/outer-handle.ts';
import { type ConnectedDatabase, openDatabase } from '../../src/connection.ts';
import { findServerError } from '../../src/errors.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/index.ts';
import { type Database, type Transaction, withTransaction } from '../../src/transaction.ts';
import { catchError } from '../support/catch-error.ts';
import { type Network, startNetwork } from '../support/network.ts';

let test: TestDatabase;
let network: Network;
let db: ConnectedDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
  await test.db.execute(
    sql`create table things (id int primary key, n int not null default 0, unique (n) deferrable initially deferred)`,
  );
  network = await startNetwork(test.url);
});

afterAll(async () => {
  await network.close();
  await test.close();
});

beforeEach(async () => {
  db = openDatabase(network.url, { max: 2, deadline: 2_000 });
  await test.db.execute(sql`truncate things`);
});

afterEach(() => db.$client.end({ timeout: 0 }));

const add = (handle: Database, id: number, n = id) =>
  handle.execute(sql`insert into things (id, n) values (${id}, ${n})`);
const things = async () => {
  const rows = await test.db.execute<{ id: number }>(sql`select id from things order by id`);
  return rows.map(({ id }) => id);
};
const kill = async (tx: Transaction) => {
  const [row] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
  await test.db.execute(sql`select pg_terminate_backend(${row!.pid}, 5000)`);
};

describe('a transaction whose connection died', () => {
  it('runs nothing any more, though its callback goes on and succeeds', async () => {
    const work = db.transaction(async (tx) => {
      await add(tx, 1);
      await kill(tx);
      for (const id of [2, 3]) await catchError(add(tx, id));
    });
    expect(await catchError(work)).toMatchObject({ code: 'TRANSACTION_ABORTED' });
    expect(await things()).toEqual([]);
    await add(db, 9);
    expect(await things()).toEqual([9]);
  });

  it('goes on in no savepoint either', async () => {
    const work = db.transaction(async (tx) => {
      await tx.transaction(async (inner) => {
        await add(inner, 1);
        await kill(inner);
        await catchError(add(inner, 2));
      });
      await catchError(tx.transaction((inner) => add(inner, 3)));
    });
    expect(await catchError(work)).toMatchObject({ code: 'TRANSACTION_ABORTED' });
    expect(await things()).toEqual([]);
  });

  it('throws what its callback throws', async () => {
    const work = db.transaction(async (tx) => {
      await kill(tx);
      throw new Error('of the callback');
    });
    await expect(work).rejects.toThrow('of the callback');
  });
});

describe('COMMIT', () => {
  it('without an answer is an unknown outcome, whatever it was', async () => {
    const work = withTransaction(
      db,
      async (tx) => {
        await add(tx, 1);
        network.loseAnswerTo('commit');
      },
      { retry: true },
    );
    expect(await catchError(work)).toMatchObject({
      code: 'TRANSACTION_OUTCOME_UNKNOWN',
      cause: { code: /CLOSED|RESET/ },
    });
    expect(await things()).toEqual([1]);
  });

  it('that a network swallows is an unknown outcome at the deadline', async () => {
    const work = db.transaction(async (tx) => {
      await add(tx, 1);
      network.freeze();
    });
    const error = await catchError(work);
    network.thaw();
    // The server still waits for it, with its locks.
    network.cut();
    expect(error).toMatchObject({ code: 'TRANSACTION_OUTCOME_UNKNOWN', cause: { code: 'DEADLINE_EXCEEDED' } });
  });

  it('that the server refuses has its SQLSTATE, and nothing has happened', async () => {
    const work = db.transaction(async (tx) => {
      await add(tx, 1, 7);
      await add(tx, 2, 7);
    });
    expect(findServerError(await catchError(work))).toMatchObject({ sqlState: '23505', constraint: 'things_n_key' });
    expect(await things()).toEqual([]);
  });

  it('after a failure that was caught is no success', async () => {
    const work = db.transaction(async (tx) => {
      await add(tx, 1);
      await catchError(add(tx, 1));
    });
    const error = await catchError(work);
    expect(error).toMatchObject({ code: 'TRANSACTION_ABORTED' });
    expect(findServerError(error)).toMatchObject({ sqlState: '23505' });
    expect(await things()).toEqual([]);
  });
});

describe('a handle of a transaction', () => {
  it('takes no query once that is over', async () => {
    let leaked: Transaction;
    await db.transaction(async (tx) => {
      leaked = tx;
    });
    expect(await catchError(add(leaked!, 1))).toMatchObject({ cause: { code: 'TRANSACTION_ENDED' } });
    expect(await things()).toEqual([]);
  });

  it('takes no query once that, being nested, is over, undone or not', async () => {
    await db.transaction(async (tx) => {
      const leaked: Transaction[] = [];
      await tx.transaction(async (inner) => leaked.push(inner));
      const undone = tx.transaction(async (inner) => Promise.reject(leaked.push(inner)));
      await catchError(undone);
      for (const inner of leaked) {
        expect(await catchError(add(inner, 1))).toMatchObject({ cause: { code: 'TRANSACTION_ENDED' } });
      }
    });
    expect(await things()).toEqual([]);
  });

  it('undoes a nested transaction alone', async () => {
    await db.transaction(async (tx) => {
      await add(tx, 1);
      await catchError(tx.transaction(async (inner) => [await add(inner, 2), await add(inner, 1)]));
      await tx.transaction((inner) => add(inner, 3));
    });
    expect(await things()).toEqual([1, 3]);
  });

  it('undoes a nested transaction with what was nested in it, also after siblings of the same depth', async () => {
    await db.transaction(async (tx) => {
      for (const id of [10, 20]) {
        await tx.transaction(async (inner) => {
          await add(inner, id);
          await inner.transaction((innermost) => add(innermost, id + 1));
        });
      }
      const undone = tx.transaction(async (inner) => {
        await add(inner, 30);
        await inner.transaction((innermost) => add(innermost, 31));
        throw new Error('of the third');
      });
      await expect(undone).rejects.toThrow('of the third');
    });
    expect(await things()).toEqual([10, 11, 20, 21]);
  });
});

describe('a nested transaction that is open', () => {
  const NESTED_TRANSACTION_OPEN = { code: 'NESTED_TRANSACTION_OPEN' };

  it('refuses a second one beside it, and takes nothing of that along', async () => {
    await db.transaction(async (tx) => {
      const secondBegan = Promise.withResolvers<void>();
      const first = tx.transaction(async (inner) => {
        await add(inner, 1);
        await secondBegan.promise;
        throw new Error('of the first');
      });
      const second = catchError(tx.transaction((inner) => add(inner, 2))).finally(secondBegan.resolve);
      expect(await second).toMatchObject(NESTED_TRANSACTION_OPEN);
      await expect(first).rejects.toThrow('of the first');
      await tx.transaction((inner) => add(inner, 3));
    });
    expect(await things()).toEqual([3]);
  });

  it('refuses queries on the handle around it, which would be undone with it', async () => {
    await db.transaction(async (tx) => {
      await tx.transaction(async (inner) => {
        expect(await catchError(add(tx, 1))).toMatchObject({ cause: NESTED_TRANSACTION_OPEN });
        await inner.transaction(async (innermost) => {
          expect(await catchError(add(inner, 2))).toMatchObject({ cause: NESTED_TRANSACTION_OPEN });
          await add(innermost, 3);
        });
        await add(inner, 4);
      });
      await add(tx, 5);
    });
    expect(await things()).toEqual([3, 4, 5]);
  });

  it('at the end of what is around it undoes all of that', async () => {
    const work = db.transaction(async (tx) => {
      await add(tx, 1);
      tx.transaction(async (inner) => {
        await add(inner, 2);
        await add(inner, 3);
      }).catch(() => {});
    });
    expect(await catchError(work)).toMatchObject(NESTED_TRANSACTION_OPEN);
    expect(await things()).toEqual([]);
    await db.transaction(async (tx) => {
      const inner = tx.transaction(async (handle) => {
        await add(handle, 4);
        handle.transaction((innermost) => add(innermost, 5)).catch(() => {});
      });
      expect(await catchError(inner)).toMatchObject(NESTED_TRANSACTION_OPEN);
      await add(tx, 6);
    });
    expect(await things()).toEqual([6]);
  });

  it('goes on without a word to the next one on its connection, when what is around it ends first', async () => {
    const single = openDatabase(test.url, { max: 1 });
    const added = Promise.withResolvers<void>();
    const outerIsOver = Promise.withResolvers<void>();
    let inner: Promise<unknown>;
    const work = single.transaction(async (tx) => {
      inner = tx.transaction(async (handle) => {
        await add(handle, 1);
        added.resolve();
        await outerIsOver.promise;
        throw new Error('of the nested one');
      });
      await added.promise;
      throw new Error('of the outer one');
    });
    await expect(work).rejects.toThrow('of the outer one');
    await single.transaction(async (tx) => {
      await add(tx, 3);
      outerIsOver.resolve();
      await expect(inner).rejects.toThrow('of the nested one');
      await add(tx, 4);
    });
    await single.$client.end();
    expect(await things()).toEqual([3, 4]);
  });
});

describe('the outer handle in a transaction', () => {
  it('is refused, for queries and for transactions', async () => {
    await db.transaction(async () => {
      expect(await catchError(add(db, 1))).toMatchObject({ cause: { code: 'OUTER_HANDLE_IN_TRANSACTION' } });
      expect(await catchError(withTransaction(db, (tx) => add(tx, 1)))).toMatchObject({
        code: 'OUTER_HANDLE_IN_TRANSACTION',
      });
    });
    expect(await things()).toEqual([]);
  });

  it('is fine where it is said, with another database, and afterwards', async () => {
    const later = await db.transaction(async () => {
      await outsideTransaction(() => add(db, 1));
      await add(test.db, 2);
      return { add: () => add(db, 3) };
    });
    await later.add();
    expect(await things()).toEqual([1, 2, 3]);
  });

  it('is not looked for in production', async () => {
    const production = openDatabase(test.url, { catchOuterHandle: false });
    await production.transaction(() => add(production, 1));
    await production.$client.end();
    expect(await things()).toEqual([1]);
  });
});

describe('withTransaction with retry', () => {
  const increment = async (tx: Transaction, id: number) => {
    const [row] = await tx.execute<{ n: number }>(sql`select n from things where id = ${id}`);
    await tx.execute(sql`update things set n = ${row!.n + 1} where id = ${id}`);
  };

  it('repeats what could not be serialized, all of it', async () => {
    await add(db, 1, 10);
    let attempts = 0;
    const bothRead = Promise.withResolvers<void>();
    const one = async () =>
      withTransaction(
        db,
        async (tx) => {
          attempts++;
          await tx.execute(sql`select n from things`);
          if (attempts === 2) bothRead.resolve();
          await bothRead.promise;
          await increment(tx, 1);
        },
        { isolationLevel: 'serializable', retry: true },
      );
    await Promise.all([one(), one()]);
    expect(attempts).toBe(3);
    expect(await test.db.execute(sql`select n from things`)).toEqual([{ n: 12 }]);
  });

  it('repeats the one of two that the server picked to break a deadlock', async () => {
    await Promise.all([add(db, 1, 10), add(db, 2, 20)]);
    const bothLocked = Promise.withResolvers<void>();
    let locked = 0;
    const one = (first: number, second: number) =>
      withTransaction(
        db,
        async (tx) => {
          await tx.execute(sql`set local deadlock_timeout = '50ms'`);
          await increment(tx, first);
          if (++locked === 2) bothLocked.resolve();
          await bothLocked.promise;
          await increment(tx, second);
        },
        { retry: true },
      );
    await Promise.all([one(1, 2), one(2, 1)]);
    expect(locked).toBe(3);
    expect(await test.db.execute(sql`select n from things order by id`)).toEqual([{ n: 12 }, { n: 22 }]);
  });

  it.each([
    ['23505', 1, () => sql`insert into things (id) values (1), (1)`],
    ['40001', 3, () => raise('40001')],
  ])('gives up on %s after attempt %i', async (sqlState, expected, statement) => {
    let attempts = 0;
    const work = withTransaction(
      db,
      async (tx) => {
        attempts++;
        await tx.execute(statement());
      },
      { retry: true },
    );
    expect(findServerError(await catchError(work))).toMatchObject({ sqlState });
    expect(attempts).toBe(expected);
  });

  it('leaves it to the outer one when it joins', async () => {
    let attempts = 0;
    const work = withTransaction(db, (outer) =>
      withTransaction(
        outer,
        async (tx) => {
          attempts++;
          await tx.execute(raise('40001'));
        },
        { retry: true },
      ),
    );
    expect(findServerError(await catchError(work))).toMatchObject({ sqlState: '40001' });
    expect(attempts).toBe(1);
  });
});

it('has its limits with BEGIN, so that a pooler cannot lose them', async () => {
  const limited = openDatabase(test.url, {
    max: 1,
    lockTimeout: 50,
    statementTimeout: 4_000,
    idleInTransactionTimeout: 9_000,
  });
  await limited.transaction(async (tx) => {
    const names = sql`'lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout'`;
    const rows = await tx.execute(
      sql`select setting, source from pg_settings where name in (${names}) order by setting::int`,
    );
    // Where the connection itself has them, that would be `client`.
    expect(rows).toEqual(['50', '4000', '9000'].map((setting) => ({ setting, source: 'session' })));
  });
  await add(db, 1);
  await db.transaction(async (tx) => {
    await tx.execute(sql`update things set n = 5`);
    const blocked = limited.transaction((other) => other.execute(sql`update things set n = 6`));
    expect(findServerError(await catchError(blocked))).toMatchObject({ sqlState: '55P03' });
  });
  await limited.$client.end();
});

it.each([
  ['10s', undefined, '10000'],
  ['2min', undefined, '60000'],
  ['0', undefined, '60000'],
  ['10s', 9_000, '9000'],
  ['1500ms', 9_000, '1500'],
])(
  'of a limit of %s of the role and one of %s ms of the client, the stricter holds',
  async (ofRole, ours, expected) => {
    const role = `idle_${randomUUID().replaceAll('-', '')}`;
    await db.execute(sql.raw(`create role ${role} login`));
    await db.execute(sql.raw(`alter role ${role} set idle_in_transaction_session_timeout = '${ofRole}'`));
    const url = new URL(test.url);
    url.username = role;
    await db.execute(sql.raw(`grant connect on database "${url.pathname.slice(1)}" to ${role}`));
    const asRole = openDatabase(url.href, { max: 1, idleInTransactionTimeout: ours });
    const [row] = await asRole.transaction((tx) =>
      tx.execute(sql`select setting from pg_settings where name = 'idle_in_transaction_session_timeout'`),
    );
    expect(row).toEqual({ setting: expected });
    await asRole.$client.end();
    await db.execute(sql.raw(`drop owned by ${role}`));
    await db.execute(sql.raw(`drop role ${role}`));
  },
);

function raise(sqlState: string) {
  return sql.raw(`do $$ begin raise exception using errcode = '${sqlState}'; end $$`);
}

import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findServerError } from '../src/index.ts';
import {
  balances,
  files,
  folders,
  packages,
  transactions,
  type User,
  userSettings,
  users,
} from '../src/schema/index.ts';
import {
  createFile,
  createFolder,
  createSession,
  createTag,
  createTestDatabase,
  createUser,
  creditBalance,
  type TestDatabase,
  tagFile,
} from '../src/testing/index.ts';

let test: TestDatabase;
let user: User;
let other: User;

beforeAll(async () => {
  test = await createTestDatabase();
});

afterAll(() => test.close());

beforeEach(async () => {
  user = await createUser(test.db);
  other = await createUser(test.db);
});

describe('users', () => {
  it('are one for an address', async () => {
    await expectRefusal(createUser(test.db, { email: user.email }), '23505', 'idx_users_email_live');
  });

  it('free their address when they are deleted', async () => {
    await test.db.update(users).set({ deletedAt: new Date() }).where(eq(users.id, user.id));
    await expect(createUser(test.db, { email: user.email })).resolves.toMatchObject({ email: user.email });
  });

  it('have addresses in lower case', async () => {
    await expectRefusal(createUser(test.db, { email: 'Someone@example.com' }), '23514', 'users_email_check');
  });

  it('take everything of theirs with them', async () => {
    const folder = await createFolder(test.db, { userId: user.id });
    const inner = await createFolder(test.db, { userId: user.id, parentId: folder.id });
    const file = await createFile(test.db, { userId: user.id, folderId: inner.id });
    await tagFile(test.db, file, await createTag(test.db, { userId: user.id }));
    await createSession(test.db, { userId: user.id });
    await test.db.insert(userSettings).values({ userId: user.id });
    const bonus = await creditBalance(test.db, { userId: user.id, amount: 10, createdBy: other.id });
    const usage = await creditBalance(test.db, { userId: user.id, amount: -5, type: 'usage' });
    await creditBalance(test.db, {
      userId: user.id,
      amount: 5,
      type: 'refund',
      refundOf: usage.id,
      createdBy: other.id,
    });
    await test.db.delete(users).where(eq(users.id, user.id));
    expect(await test.db.query.files.findMany({ where: eq(files.userId, user.id) })).toEqual([]);
    expect(await test.db.query.transactions.findMany({ where: eq(transactions.id, bonus.id) })).toEqual([]);
  });

  it("cannot be removed while they stand in someone else's ledger", async () => {
    await creditBalance(test.db, { userId: user.id, amount: 10, createdBy: other.id });
    await expectRefusal(
      test.db.delete(users).where(eq(users.id, other.id)),
      '23503',
      'transactions_created_by_users_id_fk',
    );
  });
});

describe('folders', () => {
  it('have names of their own among living siblings', async () => {
    const parent = await createFolder(test.db, { userId: user.id });
    const first = await createFolder(test.db, { userId: user.id, parentId: parent.id, name: 'Photos' });
    const again = () => createFolder(test.db, { userId: user.id, parentId: parent.id, name: 'Photos' });
    await expectRefusal(again(), '23505', 'idx_folders_user_id_parent_id_name_live');
    await test.db.update(folders).set({ deletedAt: new Date() }).where(eq(folders.id, first.id));
    await expect(again()).resolves.toMatchObject({ name: 'Photos' });
  });

  it('have names of their own at the root, where there is no parent to compare', async () => {
    await createFolder(test.db, { userId: user.id, name: 'Photos' });
    const again = createFolder(test.db, { userId: user.id, name: 'Photos' });
    await expectRefusal(again, '23505', 'idx_folders_user_id_name_live_root');
    await expect(createFolder(test.db, { userId: other.id, name: 'Photos' })).resolves.toBeDefined();
  });

  it("cannot be in someone else's folder, nor can files", async () => {
    const foreign = await createFolder(test.db, { userId: other.id });
    await expectRefusal(createFolder(test.db, { userId: user.id, parentId: foreign.id }), '23503');
    await expectRefusal(createFile(test.db, { userId: user.id, folderId: foreign.id }), '23503');
  });

  it('cannot be in themselves', async () => {
    const { id } = await createFolder(test.db, { userId: user.id });
    const loop = test.db.update(folders).set({ parentId: id }).where(eq(folders.id, id));
    await expectRefusal(loop, '23514', 'folders_parent_id_check');
  });
});

describe('files', () => {
  it("cannot have someone else's tag", async () => {
    const file = await createFile(test.db, { userId: user.id });
    const foreign = await createTag(test.db, { userId: other.id });
    await expectRefusal(tagFile(test.db, file, foreign), '23503', 'file_tags_user_id_tag_id_tags_user_id_id_fk');
  });

  it('have sizes from 0 to what a number holds exactly', async () => {
    await expectRefusal(createFile(test.db, { userId: user.id, size: -1 }), '23514', 'files_size_check');
    const large = await createFile(test.db, { userId: user.id, size: Number.MAX_SAFE_INTEGER });
    expect(large.size).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('note when they were changed, by the clock of the database', async () => {
    const file = await createFile(test.db, { userId: user.id, updatedAt: new Date(0) });
    const [changed] = await test.db.update(files).set({ name: 'b' }).where(eq(files.id, file.id)).returning();
    expect(changed!.updatedAt.getTime()).toBeGreaterThanOrEqual(file.createdAt.getTime());
  });

  it('are found again by the time that was read, to the millisecond', async () => {
    const file = await createFile(test.db, { userId: user.id });
    expect(await test.db.query.files.findMany({ where: eq(files.createdAt, file.createdAt) })).toHaveLength(1);
  });

  it.each(['and folder_id = $2', ''])('are listed from an index, without sorting: %s', async (condition) => {
    await test.db.execute(sql`set enable_seqscan = off`);
    const plan = await test.db.$client.unsafe(
      `explain select * from files.files where user_id = $1 ${condition} and deleted_at is null
       and (created_at, id) < (now(), $1) order by created_at desc, id desc limit 20`,
      condition ? [user.id, user.id] : [user.id],
    );
    const lines = plan.map((row) => row['QUERY PLAN']).join('\n');
    expect(lines).toMatch(/Index Scan Backward using idx_files_user_id_(folder_id_)?created_at_id_live/);
    expect(lines).not.toContain('Sort');
  });
});

describe('credits', () => {
  it('never go below 0', async () => {
    await creditBalance(test.db, { userId: user.id, amount: 10 });
    const taken = creditBalance(test.db, { userId: user.id, amount: -11, type: 'usage' });
    await expectRefusal(taken, '23514', 'balances_balance_check');
    const [row] = await test.db.select().from(balances).where(eq(balances.userId, user.id));
    expect(row!.balance).toBe(10);
  });

  it.each([
    { type: 'usage', amount: 5, constraint: 'transactions_type_check' },
    { type: 'purchase', amount: -5, constraint: 'transactions_type_check' },
    { type: 'bonus', amount: 0, constraint: 'transactions_amount_check' },
    { type: 'adjustment', amount: 1_000_000_001, constraint: 'transactions_amount_check' },
    { type: 'refund', amount: 5, constraint: 'transactions_refund_of_check' },
  ] as const)('refuse a $type of $amount', async ({ type, amount, constraint }) => {
    await creditBalance(test.db, { userId: user.id, amount: 100 });
    await expectRefusal(creditBalance(test.db, { userId: user.id, type, amount }), '23514', constraint);
  });

  it("are not refunded for someone else's usage", async () => {
    await creditBalance(test.db, { userId: other.id, amount: 100 });
    const usage = await creditBalance(test.db, { userId: other.id, amount: -10, type: 'usage' });
    const refund = creditBalance(test.db, { userId: user.id, amount: 10, type: 'refund', refundOf: usage.id });
    await expectRefusal(refund, '23503', 'transactions_user_id_refund_of_transactions_user_id_id_fk');
  });

  it('take an idempotency key once from each who posts', async () => {
    const idempotencyKey = 'key';
    await creditBalance(test.db, { userId: user.id, amount: 1, idempotencyKey });
    const again = creditBalance(test.db, { userId: user.id, amount: 1, idempotencyKey });
    await expectRefusal(again, '23505', 'idx_transactions_created_by_idempotency_key');
    await expect(creditBalance(test.db, { userId: other.id, amount: 1, idempotencyKey })).resolves.toBeDefined();
  });

  it('are sold in packages with codes of their own', async () => {
    const add = () => test.db.insert(packages).values({ code: 'a', name: 'A', credits: 1 });
    await add();
    await expectRefusal(add(), '23505', 'idx_packages_code');
  });
});

async function expectRefusal(work: PromiseLike<unknown>, sqlState: string, constraint?: string): Promise<void> {
  const error = await Promise.resolve(work).then(
    () => undefined,
    (reason: unknown) => findServerError(reason),
  );
  expect(error).toMatchObject(constraint ? { sqlState, constraint } : { sqlState });
}

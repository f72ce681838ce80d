import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findServerError, isUniqueViolation, SQLSTATE } from './errors.ts';
import { createTestDatabase, createUser, type TestDatabase } from './testing/index.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
});

afterAll(() => test.close());

const catchError = async (work: PromiseLike<unknown>): Promise<unknown> => {
  try {
    await work;
  } catch (error) {
    return error;
  }
};

describe('findServerError', () => {
  it('finds SQLSTATE, constraint and table below what drizzle wraps around them', async () => {
    const { email } = await createUser(test.db);
    const error = await catchError(createUser(test.db, { email }));
    expect(findServerError(error)).toMatchObject({
      sqlState: SQLSTATE.uniqueViolation,
      constraint: 'idx_users_email_live',
      table: 'users',
      schema: 'identity',
    });
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'idx_users_email_live')).toBe(true);
    expect(isUniqueViolation(error, 'idx_tags_user_id_name')).toBe(false);
  });

  it('finds it among gathered errors', async () => {
    const error = await catchError(test.db.execute(sql`select 1 / 0`));
    expect(findServerError(new Error('outer', { cause: new AggregateError([new Error('x'), error]) }))).toMatchObject({
      sqlState: '22012',
    });
  });

  it('takes no errno for a SQLSTATE', () => {
    expect(findServerError(Object.assign(new Error('broken pipe'), { code: 'EPIPE' }))).toBeUndefined();
  });

  it('ends on causes that go in a circle, and on what is no error', () => {
    const error = new Error('a');
    error.cause = error;
    expect(findServerError(error)).toBeUndefined();
    expect(findServerError('text')).toBeUndefined();
  });
});

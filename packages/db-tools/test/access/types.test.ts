import { expect, test } from 'vitest';
import { planAccess } from '../../src/access/index.ts';
import { createDatabaseWithRoles } from './database-with-roles.ts';

test('a range type, whose constructors PostgreSQL makes its own, is nothing to warn about', async () => {
  const { session, declared, asOwner, reconcile } = await createDatabaseWithRoles();
  await asOwner('create type sales.span as range (subtype = int)');
  expect(await reconcile()).toEqual({ statements: [], problems: [] });
  expect((await planAccess(session, { ...declared, exclusive: false })).statements).toEqual([]);
});

import { expect, test } from 'vitest';
import { describeError } from './describe-error.ts';

test('neither the parameters of a query nor the values that the server repeats are logged', () => {
  const cause = Object.assign(new Error('duplicate key value violates unique constraint "users_email"'), {
    code: '23505',
    constraint_name: 'users_email',
    detail: 'Key (email)=(ada@example.com) already exists.',
  });
  const query = 'insert into users (email) values ($1)';
  const error = Object.assign(new Error(`Failed query: ${query}\nparams: ada@example.com`, { cause }), {
    query,
    params: ['ada@example.com'],
  });
  const described = describeError(error);
  expect(JSON.stringify(described)).not.toContain('ada@example.com');
  expect(described).toMatchObject({
    message: 'Failed query',
    query,
    cause: { code: '23505', constraint_name: 'users_email' },
  });
  expect(described.stack).toContain('describe-error.test.ts');
});

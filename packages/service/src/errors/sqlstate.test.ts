import { ClientError } from '@org/db';
import { expect, test } from 'vitest';
import { codeOfDatabaseError } from './sqlstate.ts';

const wrapped = (cause: unknown) => new Error('Failed query', { cause: new Error('in a transaction', { cause }) });

test.each([
  [new ClientError('POOL_ACQUIRE_TIMEOUT', 'x'), 'unavailable'],
  [new ClientError('POOL_QUEUE_FULL', 'x'), 'unavailable'],
  [new ClientError('DEADLINE_EXCEEDED', 'x'), 'timeout'],
  [
    new ClientError('TRANSACTION_OUTCOME_UNKNOWN', 'x', { cause: Object.assign(new Error(), { code: 'ECONNRESET' }) }),
    'outcome_unknown',
  ],
  [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'unavailable'],
  [new AggregateError([Object.assign(new Error('x'), { code: 'ETIMEDOUT' })]), 'unavailable'],
  [Object.assign(new Error('x'), { name: 'PostgresError', code: '08006' }), 'unavailable'],
  [Object.assign(new Error('x'), { name: 'PostgresError', code: '22P05' }), 'invalid'],
  [Object.assign(new Error('x'), { name: 'PostgresError', code: '42501' }), undefined],
  [Object.assign(new Error('x'), { name: 'PostgresError', code: '23514' }), 'invalid'],
  [Object.assign(new Error('x'), { name: 'PostgresError', code: '23502' }), undefined],
  [new ClientError('OUTER_HANDLE_IN_TRANSACTION', 'x'), undefined],
  [new TypeError('x'), undefined],
  ['x', undefined],
])('%s, as it is or as a cause', (error, code) => {
  expect(codeOfDatabaseError(error)).toBe(code);
  expect(codeOfDatabaseError(wrapped(error))).toBe(code);
});

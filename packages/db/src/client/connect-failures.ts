import { isTransient } from '@org/db-tools/connect';
import { ClientError, isServerError } from './errors.ts';

/**
 * Whether it may help to connect again. PgBouncer has one SQLSTATE for what passes and what stays, so its words decide.
 */
export function mayPass(error: unknown): boolean {
  if (isServerError(error) && error.code === '08P01') return POOLER_IS_BUSY.test(error.message);
  return (error instanceof ClientError && error.code === 'DEADLINE_EXCEEDED') || isTransient(error);
}

const POOLER_IS_BUSY =
  /query_wait_timeout|server login has been failing|server conn(ection)? crashed|cannot connect to server|no more connections allowed/;

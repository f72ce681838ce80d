import type { PgTransactionConfig } from 'drizzle-orm/pg-core';
import type { Rows } from './driver.ts';

/** Of each, 0 is no limit, and without a value that of the role holds. */
export interface Limits {
  /** Milliseconds after which the server cancels a statement. */
  statementTimeout?: number;
  /** Milliseconds that a statement waits for a lock. */
  lockTimeout?: number;
  /** Milliseconds that a transaction may be open without a statement. */
  idleInTransactionTimeout?: number;
}

/**
 * The limits as what a connection tells the server when it starts. A pooler refuses them (the pool then leaves them
 * out) or drops them, and a SET would stay with its next client; what works through any pooler is `beginWith`, and the
 * deadline of the client, at which it cancels the statement. The one for idle transactions is left to `beginWith`: here
 * it would hide the role's.
 */
export function startupLimits({ statementTimeout, lockTimeout }: Limits): Record<string, string> {
  // As text: postgres.js 3.4.9 does not send what is falsy.
  return Object.fromEntries(settings({ statementTimeout, lockTimeout }).map(([name, value]) => [name, String(value)]));
}

/** Asks for what `readServerLimits` reads. */
export const ASK_SERVER_LIMITS = `select current_setting('idle_in_transaction_session_timeout') as idle,
  current_setting('statement_timeout') as statement`;

/** Milliseconds that the server itself lets a transaction be idle, and a statement run; 0 is for ever. */
export interface ServerLimits {
  idle: number;
  statement: number;
}

/** As the role or the database says, or what the connection has begun with. */
export function readServerLimits(rows: Rows): ServerLimits {
  const { idle, statement } = rows[0] as { idle: string; statement: string };
  return { idle: toMilliseconds(idle), statement: toMilliseconds(statement) };
}

function toMilliseconds(setting: string): number {
  const [, count, unit] = /^(\d+)(ms|s|min|h|d)?$/.exec(setting) ?? [];
  return Number(count ?? 0) * MILLISECONDS[(unit ?? 'ms') as keyof typeof MILLISECONDS];
}

const MILLISECONDS = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** The limits without the one for idle transactions where the server has a stricter one. */
export function within({ idle }: ServerLimits, { idleInTransactionTimeout, ...limits }: Limits): Limits {
  const isStricter = idle > 0 && idle < (idleInTransactionTimeout || Number.POSITIVE_INFINITY);
  return isStricter ? limits : { ...limits, idleInTransactionTimeout };
}

/** BEGIN with what is asked for and the limits, in one round trip. */
export function beginWith(
  limits: Limits,
  { isolationLevel, accessMode, deferrable }: PgTransactionConfig = {},
): string {
  const modes = [
    isolationLevel && `isolation level ${isolationLevel}`,
    accessMode,
    deferrable !== undefined && (deferrable ? 'deferrable' : 'not deferrable'),
  ].filter(Boolean);
  const local = settings(limits).map(([name, value]) => `; set local ${name} = ${value}`);
  return `begin ${modes.join(', ')}${local.join('')}`;
}

function settings(limits: Limits): [name: string, milliseconds: number][] {
  const all: [string, number | undefined][] = [
    ['statement_timeout', limits.statementTimeout],
    ['lock_timeout', limits.lockTimeout],
    ['idle_in_transaction_session_timeout', limits.idleInTransactionTimeout],
  ];
  return all.filter((setting): setting is [string, number] => setting[1] !== undefined);
}

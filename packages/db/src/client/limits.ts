import type { PgTransactionConfig } from 'drizzle-orm/pg-core';
import type { Rows } from './driver.ts';

export interface Limits {
  /** Milliseconds after which the server cancels a statement. */
  statementTimeout?: number;
  /** Milliseconds that a statement waits for a lock. */
  lockTimeout?: number;
  /** Milliseconds that a transaction may be open without a statement. */
  idleInTransactionTimeout?: number;
}

/**
 * The limits as what a connection tells the server when it starts. A pooler refuses them (the pool then leaves them out) or drops
 * them, and a SET would stay with its next client; what works through any pooler is `beginWith`, and the deadline of the client,
 * at which it cancels the statement. The one for idle transactions is left to `beginWith`: here it would hide the role's.
 */
export function startupLimits({ statementTimeout, lockTimeout }: Limits): Record<string, number> {
  return Object.fromEntries(settings({ statementTimeout, lockTimeout }));
}

/** Asks for what `readRoleLimit` reads. */
export const ASK_ROLE_LIMIT = `select current_setting('idle_in_transaction_session_timeout') as idle`;

/** Milliseconds that the server itself lets a transaction be idle, as the role or the database says; 0 is for ever. */
export function readRoleLimit(rows: Rows): number {
  const { idle } = rows[0] as { idle: string };
  const [, count, unit] = /^(\d+)(ms|s|min|h|d)?$/.exec(idle) ?? [];
  return Number(count ?? 0) * MILLISECONDS[(unit ?? 'ms') as keyof typeof MILLISECONDS];
}

const MILLISECONDS = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** The limits without the one for idle transactions where the server has a stricter one. */
export function within(roleLimit: number, { idleInTransactionTimeout, ...limits }: Limits): Limits {
  const isStricter = roleLimit > 0 && roleLimit < (idleInTransactionTimeout || Number.POSITIVE_INFINITY);
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
  return all.filter((setting): setting is [string, number] => Boolean(setting[1]));
}

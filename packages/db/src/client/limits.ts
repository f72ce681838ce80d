import type { PgTransactionConfig } from 'drizzle-orm/pg-core';

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
 * at which it cancels the statement.
 */
export function startupLimits(limits: Limits): Record<string, number> {
  return Object.fromEntries(settings(limits));
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

import type { MigrateEvent } from '@org/db/migrate';
import type { Logger } from 'pino';

/** Milliseconds between two lines on a statement that takes long. */
const PAUSE = 5_000;

/**
 * A line for each file that was applied, and for whatever keeps it waiting. Of other sessions their pid and name, not
 * their SQL.
 */
export function logMigration(logger: Logger): (event: MigrateEvent) => void {
  let nextLine = 0;
  return (event) => {
    switch (event.type) {
      case 'waiting-for-lock':
        return logger.warn({ holder: event.holder && nameOf(event.holder) }, 'Waiting for another runner to migrate');
      case 'statement-running': {
        const { tag, statement, elapsedMs, waitingFor } = event;
        if (performance.now() < nextLine) return;
        nextLine = performance.now() + PAUSE;
        return logger.warn(
          { tag, statement, ms: Math.round(elapsedMs), waitingFor: waitingFor.map(nameOf) },
          'Still running',
        );
      }
      case 'retry': {
        const { tag, statement, code, attempt, blockers } = event;
        return logger.warn(
          { tag, statement, code, attempt, blockers: blockers.map(nameOf) },
          'A lock was not free; trying again',
        );
      }
      case 'file-finished':
        return logger.info({ tag: event.tag, ms: Math.round(event.ms) }, `Applied ${event.tag}`);
      case 'notice':
        if (event.severity === 'WARNING') logger.warn(event.message);
    }
  };
}

function nameOf({ pid, application }: { pid: number; application: string }): string {
  return `${pid} (${application})`;
}

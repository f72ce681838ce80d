import { withMaintenance } from '../connection/maintenance.ts';
import type { Target } from '../connection/target.ts';
import { quoteIdentifier } from '../migrator/quote.ts';

/** Drops the database that a restore has replaced, if wanted; returns its name when it is still there. */
export async function dropKept(
  target: Target,
  replaced: string | undefined,
  { drop }: { drop: boolean },
): Promise<string | undefined> {
  if (replaced === undefined || !drop) return replaced;
  await withMaintenance(target, (sql) =>
    sql.unsafe(`drop database if exists ${quoteIdentifier(replaced)} with (force)`),
  );
  return undefined;
}

import { Inject } from '@nestjs/common';

/**
 * The token that the database is provided under: `DrizzleDatabase`, or `<name>DrizzleDatabase` for one that has a name.
 */
export function getDrizzleToken(name?: string): string {
  return `${name ?? ''}DrizzleDatabase`;
}

/** Injects the database that `DrizzleModule` provides. */
export function InjectDrizzle(name?: string): ReturnType<typeof Inject> {
  return Inject(getDrizzleToken(name));
}

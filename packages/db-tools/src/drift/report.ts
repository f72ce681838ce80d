import { indent, type Output } from '../command-line/output.ts';
import { describeDifference, writeScript } from './describe.ts';
import type { Drift } from './find-drift.ts';

/** Every difference of the database `name`, and the SQL for either way. */
export function reportDrift(
  output: Output,
  { differences, toMigrations, toTarget }: Pick<Drift, 'differences' | 'toMigrations' | 'toTarget'>,
  { name, migrations }: { name: string; migrations: string },
): void {
  output.finding(`${differences.map((difference) => describeDifference(difference)).join('\n')}\n`);
  output.finding(`To make ${name} what ${migrations} make:\n\n${indent(writeScript(toMigrations))}\n`);
  output.finding(`To make the migrations lead to what ${name} is:\n\n${indent(writeScript(toTarget))}\n`);
}

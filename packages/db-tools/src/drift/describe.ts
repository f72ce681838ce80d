import type { Difference } from './compare.ts';

/** A difference for people, with a line for each property; the sides are what is wanted and what was found. */
export function describeDifference(
  { change, kind, name, properties = {} }: Difference,
  [wanted, found] = ['in the migrations', 'in the database'],
): string {
  const values = Object.entries(properties).map(
    ([property, { migrations, target }]) =>
      `\n      ${property}: ${show(migrations)} ${wanted}, ${show(target)} ${found}`,
  );
  return `  ${change.padEnd('different'.length)}  ${kind} ${name}${values.join('')}`;
}

/** Statements to copy. */
export function writeScript(statements: string[]): string {
  return statements.map((statement) => (statement.startsWith('--') ? statement : `${statement};`)).join('\n');
}

function show(value: unknown): string {
  return value === null ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);
}

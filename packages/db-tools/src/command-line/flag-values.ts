import { InvalidArgumentError } from 'commander';

/** The value of a flag such as `--lock-wait 60`. */
export function seconds(text: string): number {
  const value = Number(text);
  // More would overflow the milliseconds of a timer and of PostgreSQL's settings.
  if (text.trim() === '' || !(value >= 0 && value <= 2_000_000)) {
    throw new InvalidArgumentError('It is a number of seconds.');
  }
  return value;
}

/** The value of `--lock-timeout` and the like, where PostgreSQL takes 0 for no limit at all. */
export function secondsOfLimit(text: string): number {
  const value = seconds(text);
  if (value < 0.001) throw new InvalidArgumentError('It is a number of seconds above 0.');
  return value;
}

/** The values of a flag that may be given several times. */
export function collect(value: string, list: string[] = []): string[] {
  return [...list, value];
}

/** The value of a flag such as `--terminate 4711`. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError('It is a whole number.');
  return value;
}

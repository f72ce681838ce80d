import { createHash } from 'node:crypto';

/** The same id for the same name, always: a version 8 UUID (RFC 9562) of its hash. */
export function seedId(name: string): string {
  const bytes = createHash('sha256').update(`stratum dev seed: ${name}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A moment so many hours after the beginning of the seeded history. */
export function seedTime(hours: number): Date {
  return new Date(Date.UTC(2026, 0, 5, 8) + hours * 3_600_000);
}

/** `createdAt` and `updatedAt` at that moment. */
export function seedTimestamps(hours: number) {
  return { createdAt: seedTime(hours), updatedAt: seedTime(hours) };
}

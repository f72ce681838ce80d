import type { RateLimit } from '@org/db';
import { z } from 'zod';

const SECONDS = { second: 1, minute: 60, hour: 3_600, day: 86_400 };

/** `20/hour`: so many at once, and as many again over each second, minute, hour or day. */
export const rateLimit = z.string().transform((text, context): RateLimit => {
  const [, count, unit] = /^([1-9]\d{0,5})\/(second|minute|hour|day)$/.exec(text) ?? [];
  if (count && unit) return { count: Number(count), seconds: SECONDS[unit as keyof typeof SECONDS] };
  context.addIssue({ code: 'custom', message: 'must be a number per second, minute, hour or day, such as 20/hour' });
  return z.NEVER;
});

import { text } from '@org/service';
import { z } from 'zod';

/** As a whole, both ways: what a PUT leaves out is unset. */
export const settings = z
  .strictObject({
    theme: z.enum(['light', 'dark', 'system']),
    locale: text({ max: 35 })
      .refine(isLocale, { error: 'must be a language tag such as en-GB' })
      .meta({ example: 'en-GB' }),
    timeZone: text({ max: 64 })
      .refine(isTimeZone, { error: 'must be a time zone such as Europe/Zurich' })
      .meta({ example: 'Europe/Zurich' }),
    notifications: z.strictObject({ email: z.boolean(), push: z.boolean() }).partial(),
  })
  .partial()
  .meta({ id: 'Settings' });
export type Settings = z.infer<typeof settings>;

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

import { text } from '@org/service';
import { z } from 'zod';

const notifications = z.object({ email: z.boolean(), push: z.boolean() }).partial();

const members = z
  .object({
    theme: z.enum(['light', 'dark', 'system']),
    locale: text({ max: 35 })
      .refine(isLocale, { error: 'must be a language tag such as en-GB' })
      .meta({ example: 'en-GB' }),
    timeZone: text({ max: 64 })
      .refine(isTimeZone, { error: 'must be a time zone such as Europe/Zurich' })
      .meta({ example: 'Europe/Zurich' }),
    notifications,
  })
  .partial();

/** As a whole: what a PUT leaves out is unset. */
export const settingsBody = members
  .extend({ notifications: notifications.strict().optional() })
  .strict()
  .meta({ id: 'ReplaceSettings' });

/** Leaves out what another version of this service may have saved. */
export const settingsResponse = members.meta({ id: 'Settings' });

export type Settings = z.infer<typeof members>;

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

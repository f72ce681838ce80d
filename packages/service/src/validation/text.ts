import { z } from 'zod';

/** Whether PostgreSQL can keep the text as it is: no NUL (22021), no lone surrogate (silently U+FFFD, or 22P02). */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** One or more lines of text, trimmed, `min` to `max` characters (UTF-16 units) after that. */
export function text(options: { min?: number; max: number }) {
  return z
    .string()
    .refine(isStorableText, { error: 'must not contain NUL or half a surrogate pair', abort: true })
    .trim()
    .min(options.min ?? 1)
    .max(options.max);
}

/** A name that people read in a list: like text, on one line. */
export function name(options: { max: number }) {
  // C0 and C1 controls, line and paragraph separators.
  return text(options).regex(/^[^\p{Cc}\u2028\u2029]*$/u, { error: 'must not contain control characters' });
}

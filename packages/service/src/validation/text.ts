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
  return text(options).refine(isOneLine, { error: 'must not contain line breaks or other control characters' });
}

/** Neither C0 and C1 controls, nor the separators of lines and paragraphs. */
function isOneLine(text: string): boolean {
  return !/[\p{Cc}\u2028\u2029]/u.test(text);
}

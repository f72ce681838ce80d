import { z } from 'zod';

/**
 * A list of web origins, separated by commas: `https://app.example.com, https://admin.example.com`. Never a pattern.
 */
export const origins = z.string().transform((text, context): string[] => {
  const listed = text.split(',').map((origin) => origin.trim());
  const wrong = listed.find((origin) => !isOrigin(origin));
  if (wrong === undefined) return listed;
  context.addIssue({ code: 'custom', message: 'must list origins such as https://app.example.com, without a path' });
  return z.NEVER;
});

function isOrigin(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text;
}

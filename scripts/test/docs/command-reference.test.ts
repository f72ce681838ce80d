import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commandReference, FILE } from '../../reference/command-reference.ts';

test('docs/reference/db-commands.md is what the help says; pnpm docs:commands writes it', async () => {
  expect(readFileSync(FILE, 'utf8')).toBe(await commandReference());
});

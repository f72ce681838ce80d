import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FILE, httpReference } from '../../reference/http-reference.ts';

test('docs/reference/http.md is what the services serve: `pnpm docs:http` writes it', async () => {
  expect(readFileSync(FILE, 'utf8')).toBe(await httpReference());
});

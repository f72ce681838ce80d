import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lintOpenApi } from '../../packages/service/src/testing/lint-openapi.ts';
import { FILE, httpReference } from '../reference/http-reference.ts';
import { readOpenApi } from '../reference/read-openapi.ts';

const services = await readOpenApi();

test.each(services)(
  'the OpenAPI document of $name is valid, and leaves nothing for a linter to say',
  async ({ name: _, ...document }) => {
    expect(await lintOpenApi(document)).toEqual([]);
  },
);

test('docs/reference/http.md is what the services serve: `pnpm docs:http` writes it', () => {
  expect(readFileSync(FILE, 'utf8')).toBe(httpReference(services));
});

test('a route without @Summary is told by name, with what to do', () => {
  const notes = {
    name: 'notes',
    paths: { '/v1/notes/{id}': { post: { responses: {} } } },
    components: { schemas: {} },
  };
  expect(() => httpReference([notes])).toThrow("POST /v1/notes/:id has no summary: add @Summary('…') to its method.");
});

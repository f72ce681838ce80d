import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

test('where nothing listens, the smoke test says how to start the services', () => {
  const script = path.join(import.meta.dirname, '../smoke.ts');
  const { status, stdout } = spawnSync(process.execPath, [script, '--identity', 'http://127.0.0.1:19999'], {
    encoding: 'utf8',
  });
  expect(stdout).toContain('Nothing listens at http://127.0.0.1:19999. Start the services: pnpm dev');
  expect(status).toBe(1);
});

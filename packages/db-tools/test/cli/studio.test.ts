import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitUntil } from '../wait-until.ts';
import { createProject, type Project } from './project.ts';

let project: Project;
beforeAll(async () => {
  project = createProject();
  await project.db(['create']);
});
afterAll(() => project.remove());

test('studio serves until Ctrl-C, which is its ordinary end', async () => {
  const port = 20_000 + (process.pid % 5000);
  const child = Promise.withResolvers<number>();
  const running = project.db(['studio', '--port', String(port), '--json'], { onStart: child.resolve });
  await waitUntil('an answer of the studio', () => fetch(`http://127.0.0.1:${port}`).catch(() => undefined), 25);
  process.kill(await child.promise, 'SIGINT');
  const { exit, json } = await running;
  expect(exit).toBe(0);
  expect(json).toEqual({ ok: true, page: `https://local.drizzle.studio?port=${port}&host=127.0.0.1` });
});

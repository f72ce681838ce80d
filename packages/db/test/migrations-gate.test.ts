import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const cli = join(import.meta.dirname, '..', 'node_modules', '@org', 'db-tools', 'src', 'cli.ts');

it.each([[['lint', '--all']], [['check', '--offline']], [['test-down', '--all']]])(
  'our migrations pass db %j',
  async (args) => {
    const { PATH, HOME, TEST_DATABASE_URL } = process.env;
    const env = { PATH, HOME, TEST_DATABASE_URL };
    const cwd = join(import.meta.dirname, '..');
    const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args, '--json'], { cwd, env });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  },
);

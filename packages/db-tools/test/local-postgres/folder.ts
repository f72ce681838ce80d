import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { stopLocalPostgres } from '../../src/local-postgres/index.ts';

/** A folder for one test, with what a shell would trip over in its path; its servers are stopped with it. */
export function newFolder(...servers: string[]): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `db tools $HOME 'it"s`));
  onTestFinished(async () => {
    for (const server of servers) await stopLocalPostgres(path.join(folder, server));
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

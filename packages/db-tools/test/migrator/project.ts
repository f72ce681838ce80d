import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';

/** A folder as drizzle-kit writes it. */
export interface Project {
  directory: string;
  /** Adds an entry to the journal, a thousand milliseconds after the newest unless told otherwise. */
  add(tag: string, sql: string | Buffer, when?: number): void;
  /** Rewrites the file of an entry. */
  edit(tag: string, sql: string | Buffer): void;
  /** Takes an entry and its file away. */
  remove(tag: string): void;
  restamp(tag: string, when: number): void;
}

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** It is removed after the test. */
export function createProject(files: Record<string, string> = {}): Project {
  const directory = mkdtempSync(path.join(tmpdir(), 'migrations of a test '));
  folders.push(directory);
  mkdirSync(path.join(directory, 'meta'));
  let entries: { idx: number; version: string; when: number; tag: string; breakpoints: boolean }[] = [];
  const save = () =>
    writeFileSync(
      path.join(directory, 'meta', '_journal.json'),
      JSON.stringify({ version: '7', dialect: 'postgresql', entries }, undefined, 2),
    );
  const project: Project = {
    directory,
    add(tag, sql, when = Math.max(1_700_000_000_000, ...entries.map((entry) => entry.when)) + 1000) {
      entries.push({ idx: entries.length, version: '7', when, tag, breakpoints: true });
      project.edit(tag, sql);
      save();
    },
    edit(tag, sql) {
      writeFileSync(path.join(directory, `${tag}.sql`), sql);
    },
    remove(tag) {
      entries = entries.filter((entry) => entry.tag !== tag);
      rmSync(path.join(directory, `${tag}.sql`));
      save();
    },
    restamp(tag, when) {
      for (const entry of entries) if (entry.tag === tag) entry.when = when;
      save();
    },
  };
  save();
  for (const [tag, sql] of Object.entries(files)) project.add(tag, sql);
  return project;
}

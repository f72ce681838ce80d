import { DbError } from '../errors.ts';
import { readDirectives } from '../migrator/directives.ts';
import { checkContent } from './check-files.ts';
import type { CheckFinding } from './finding.ts';
import type { Folder } from './folder.ts';

/** From the first down file on, every migration has one, or says in it that there is no way back and why. */
export function checkDownFiles(folder: Folder): CheckFinding[] {
  const { entries, downFiles, path } = folder;
  if (!entries) return [];
  const tags = entries.flatMap(({ tag }) => (typeof tag === 'string' ? [tag] : []));
  const first = tags.findIndex((tag) => downFiles.includes(`${tag}.down.sql`));
  const missing = (first === -1 ? [] : tags.slice(first))
    .filter((tag) => !downFiles.includes(`${tag}.down.sql`))
    .map((tag) => ({
      code: 'down-missing',
      at: path(`${tag}.down.sql`),
      message: 'The migrations before it can be reverted, so that db revert stops here.',
      fix: `Write ${path(`${tag}.down.sql`)} — or, where there is no way back, in it: -- db: irreversible reason=<why>`,
    }));
  const unlisted = downFiles
    .filter((name) => !tags.includes(name.replace(/\.down\.sql$/, '')))
    .map((name) => ({
      code: 'down-unlisted',
      at: path(name),
      message: 'It reverts no migration of the journal.',
      fix: `rm ${folder.shell(name)}`,
    }));
  return [...missing, ...unlisted, ...downFiles.flatMap((name) => checkDownFile(folder, name))];
}

function checkDownFile(folder: Folder, name: string): CheckFinding[] {
  const at = folder.path(name);
  const findings = checkContent(folder, name);
  if (findings.some(({ code }) => code === 'file-not-utf8')) return findings;
  try {
    const { irreversible, reason } = readDirectives(
      folder
        .bytes(name)
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
      name.replace(/\.sql$/, ''),
    );
    if (!irreversible) return findings;
    const others = findings.filter(({ code }) => code !== 'file-empty');
    if (reason) return others;
    return [
      ...others,
      {
        code: 'down-without-reason',
        at,
        message: 'It says that there is no way back, but not why.',
        fix: '-- db: irreversible reason=<why>',
      },
    ];
  } catch (error) {
    if (!(error instanceof DbError)) throw error;
    return [
      ...findings,
      { code: 'down-unreadable', at, message: error.message, fix: error.hint ?? 'Correct its first comment.' },
    ];
  }
}

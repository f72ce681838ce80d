import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { DbError } from '../errors.ts';
import { convertToUtf8, restoreMigration } from '../mend-folder.ts';
import { splitStatements } from '../migrator/split.ts';
import type { CheckFinding } from './finding.ts';
import type { Folder } from './folder.ts';

/** Every entry of the journal has a file, every file an entry, and its bytes are what every checkout has. */
export function checkFiles(folder: Folder): CheckFinding[] {
  const { entries, files, path } = folder;
  if (!entries) return [];
  const tags = entries.flatMap(({ tag }) => (typeof tag === 'string' ? [tag] : []));
  const missing = tags
    .filter((tag) => !files.includes(`${tag}.sql`))
    .map((tag) => ({
      code: 'file-missing',
      at: path(`${tag}.sql`),
      message: 'The journal lists it, but it is not there.',
      fix: restoreMigration(join(folder.directory, `${tag}.sql`)),
    }));
  const unlisted = files
    .filter((name) => !tags.includes(name.replace(/\.sql$/, '')))
    .map((name) => ({
      code: 'file-unlisted',
      at: path(name),
      message: 'The journal does not list it, so it would never run.',
      fix: `Make a migration of it: pnpm db generate --custom --name ${name.replace(/^\d+_|\.sql$/g, '')} — or: rm ${folder.shell(name)}`,
    }));
  return [...missing, ...unlisted, ...files.flatMap((name) => checkContent(folder, name))];
}

/** Of a migration or of its down file. */
export function checkContent({ directory, bytes, path, shell }: Folder, name: string): CheckFinding[] {
  const content = bytes(name);
  const at = path(name);
  if (!isUtf8(content)) {
    return [{ code: 'file-not-utf8', at, message: 'It is not UTF-8.', fix: convertToUtf8(join(directory, name)) }];
  }
  const findings: CheckFinding[] = [];
  const text = content.toString('utf8');
  if (text.startsWith('\uFEFF')) {
    findings.push({
      code: 'file-bom',
      at,
      message: 'It begins with a byte order mark, which drizzle-kit would send to the server.',
      fix: `sed -i '1s/^\\xEF\\xBB\\xBF//' ${shell(name)}`,
    });
  }
  if (text.includes('\r\n')) {
    findings.push({
      code: 'file-crlf',
      at,
      message: 'It has Windows line ends: the hash by which drizzle knows it depends on the checkout.',
      fix: `sed -i 's/\\r$//' ${shell(name)} — and in .gitattributes: *.sql text eol=lf`,
    });
  }
  if (isEmpty(text)) {
    findings.push({
      code: 'file-empty',
      at,
      message: 'It has no statement.',
      fix: 'Write the statements, or remove it from the journal and the folder.',
    });
  }
  return findings;
}

function isEmpty(text: string): boolean {
  try {
    return splitStatements(text.replace(/^\uFEFF/, ''), '').length === 0;
  } catch (error) {
    // What cannot be read is told by the lint, with its place.
    if (error instanceof DbError) return false;
    throw error;
  }
}

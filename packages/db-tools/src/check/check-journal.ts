import { toFileName } from '../generate/name.ts';
import type { CheckFinding } from './finding.ts';
import type { Folder } from './folder.ts';

/** The order of the migrations: one line, of which every runner makes the same. */
export function checkJournal({ entries = [], path, restore }: Folder): CheckFinding[] {
  const findings: CheckFinding[] = [];
  const at = path('meta/_journal.json');
  const add = (code: string, message: string, fix: string) => findings.push({ code, at, message, fix });
  const tags = new Set<unknown>();
  let newest: { tag: unknown; when: number } | undefined;
  for (const [index, { idx, when, tag }] of entries.entries()) {
    if (typeof tag !== 'string' || !Number.isSafeInteger(when)) {
      add('entry-unusable', `Entry ${index + 1} has no usable "tag" and "when".`, restore('meta/_journal.json'));
      continue;
    }
    if (tags.has(tag)) add('tag-twice', `${tag} is listed twice.`, 'Remove one of the two entries.');
    tags.add(tag);
    if (idx !== index) {
      add(
        'numbers-not-contiguous',
        `${tag} has the number ${String(idx)}, in the place of ${index}: two branches each added a migration, or one was taken out.`,
        'pnpm db rebase',
      );
    }
    if (newest && (when as number) <= newest.when) {
      add(
        'when-not-increasing',
        `${tag} has ${when === newest.when ? 'the same "when" as' : 'an older "when" than'} ${String(newest.tag)}, which runs before it: where that has run, drizzle-kit would skip this one.`,
        'pnpm db rebase',
      );
    } else {
      newest = { tag, when: when as number };
    }
    if (!isName(tag, index)) {
      add(
        'name-odd',
        `${tag} is not ${String(index).padStart(4, '0')}_ and lower case letters, digits and underscores.`,
        `Rename the file and the tag: ${String(index).padStart(4, '0')}_${toFileName(tag.replace(/^\d+_?/, '')) || 'name'}`,
      );
    }
  }
  return findings;
}

function isName(tag: string, index: number): boolean {
  const [, number] = /^(\d{4,})_[a-z0-9_]+$/.exec(tag) ?? [];
  return number !== undefined && Number(number) === index;
}

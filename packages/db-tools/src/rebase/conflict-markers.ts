/**
 * Both sides of a text in which git left a conflict, also with the common ancestor between (diff3); undefined without
 * one.
 */
export function splitConflict(text: string): { ours: string; theirs: string } | undefined {
  if (!hasConflict(text)) return undefined;
  const sides = { ours: [] as string[], theirs: [] as string[] };
  let at: 'both' | 'ours' | 'ancestor' | 'theirs' = 'both';
  for (const line of text.split(/(?<=\n)/)) {
    if (/^<{7}(\s|$)/.test(line)) at = 'ours';
    else if (at !== 'both' && /^\|{7}(\s|$)/.test(line)) at = 'ancestor';
    else if (at !== 'both' && /^={7}(\s|$)/.test(line)) at = 'theirs';
    else if (at !== 'both' && /^>{7}(\s|$)/.test(line)) at = 'both';
    else {
      if (at === 'both' || at === 'ours') sides.ours.push(line);
      if (at === 'both' || at === 'theirs') sides.theirs.push(line);
    }
  }
  return { ours: sides.ours.join(''), theirs: sides.theirs.join('') };
}

export function hasConflict(text: string): boolean {
  return /^<{7}(\s|$)/m.test(text) && /^>{7}(\s|$)/m.test(text);
}

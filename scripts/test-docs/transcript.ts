interface Step {
  command: string;
  expected: string[];
}

/** `$ command`, and the lines that it prints below; a command goes on after a backslash. */
export function readTranscript(text: string): Step[] {
  const steps: Step[] = [];
  for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
    if (line.startsWith('$ ')) steps.push({ command: line.slice(2), expected: [] });
    else if (line.trim() !== '') steps.at(-1)!.expected.push(line);
  }
  return steps;
}

/**
 * Throws unless the lines are printed, in this order. Other lines may be between them; numbers, white space and what
 * stands for `…` may be others.
 */
export function compareTranscript(command: string, expected: string[], printed: string): void {
  const lines = printed.split('\n').map(normalise);
  let at = 0;
  for (const line of expected) {
    const pattern = new RegExp(`^${normalise(line).split('…').map(escaped).join('.*')}$`);
    const found = lines.findIndex((candidate, index) => index >= at && pattern.test(candidate));
    if (found < 0) throw new Error(`after \`${command}\` this line is not seen:\n${line}\nbut:\n${printed}`);
    at = found + 1;
  }
}

function normalise(line: string): string {
  return line.replaceAll(/\d+/g, '0').replaceAll(/\s+/g, ' ').trim();
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Whether `version` comes before `minimum`; numbers between dots, missing ones are 0. */
export function isOlder(version: string, minimum: string): boolean {
  const [have, need] = [version, minimum].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (const [at, wanted] of need.entries()) {
    const difference = (have[at] ?? 0) - wanted;
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** A piece of work that has to wait for others. */
export interface Step {
  statements: string[];
  /** Among those that may come next, the lowest does. */
  priority: [number, string];
  after: Set<Step>;
}

/**
 * The steps in an order in which each comes after what it waits for; a circle is broken at its lowest priority. Pure.
 */
export function inOrder(steps: Step[]): Step[] {
  const waiting = [...steps].sort((a, b) => a.priority[0] - b.priority[0] || (a.priority[1] < b.priority[1] ? -1 : 1));
  const done = new Set<Step>();
  while (done.size < steps.length) {
    const index = waiting.findIndex((step) => [...step.after].every((other) => done.has(other)));
    done.add(waiting.splice(Math.max(index, 0), 1)[0]!);
  }
  return [...done];
}

/**
 * Statements that a connection keeps prepared at most, apart from those of `preparedQuery`; 5 to 20 kB each on the
 * server.
 */
const KEPT = 100;
/** Statements that were seen once and are remembered, at most. */
const REMEMBERED = 1_000;

/**
 * Which ad-hoc statements the server keeps prepared: those that are repeated. To prepare all of them, the usual answer
 * to drizzle-orm #6096, costs each connection 82 MB for 1,000 lengths of one IN list. So a statement is not kept when
 * it is first seen; of those that differ only in the length of a list, one is kept; and `KEPT` at most. The others take
 * one round trip too.
 */
export class KeptStatements {
  readonly #kept = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #families = new Map<string, string>();

  /** Whether to keep this statement, which is about to be sent. */
  keeps(text: string): boolean {
    if (this.#kept.has(text)) return true;
    if (this.#kept.size >= KEPT) return false;
    if (!this.#seen.has(text)) {
      this.#remember(text);
      return false;
    }
    if (this.#families.get(familyOf(text)) !== text) return false;
    this.#kept.add(text);
    return true;
  }

  #remember(text: string): void {
    if (this.#seen.size >= REMEMBERED) {
      this.#seen.clear();
      this.#families.clear();
      for (const kept of this.#kept) this.#families.set(familyOf(kept), kept);
    }
    this.#seen.add(text);
    const family = familyOf(text);
    if (!this.#families.has(family)) this.#families.set(family, text);
  }
}

/** The text with each list of parameters, and each list of such lists, as if it had one length. */
function familyOf(text: string): string {
  return text.replace(/(?:\$\d+|default)(?:\)?, ?\(?(?:\$\d+|default))*/g, '$…');
}

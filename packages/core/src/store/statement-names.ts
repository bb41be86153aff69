let next = 1;

/**
 * Names for prepared statements. A shape is named when it is seen for the second time, and at most `most` are: a server
 * keeps a named statement for the life of each connection, so callers must not be able to make them up without end.
 */
export class StatementNames {
  readonly #named = new Map<string, string>();
  readonly #seen = new Set<string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** The statement's name, or undefined when it is to be sent without one. */
  of(text: string): string | undefined {
    const name = this.#named.get(text);
    if (name !== undefined) return name;
    if (this.#named.size >= this.#most) return undefined;
    if (this.#seen.delete(text)) {
      // Unique in the process: two stores may share a pool.
      const made = `sallyport_${next++}`;
      this.#named.set(text, made);
      return made;
    }
    if (this.#seen.size >= this.#most) this.#seen.delete(this.#seen.values().next().value ?? '');
    this.#seen.add(text);
    return undefined;
  }

  /** Gives a shape up: it comes back under another name. */
  forget(text: string): void {
    this.#named.delete(text);
  }
}

/** Whether a prepared statement is gone from the database, or useless since the schema has changed. */
export function isStalePlan(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { readonly code?: unknown };
  return code === '26000' || (code === '0A000' && error.message.includes('cached plan'));
}

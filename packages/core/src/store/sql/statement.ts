/** A statement on its way: the parameters so far, and names for tables that no two places of it share. */
export class Statement {
  readonly parameters: unknown[] = [];
  /** Whether rows are gathered where few or many hold a condition: for counts, which look at all of them. */
  gathers = false;
  /** Whether the text has fences, which a count does without. */
  fenced = false;
  #aliases = 0;

  /** Adds a value and answers its place in the text: `$1`. */
  parameter(value: unknown): string {
    return `$${this.parameters.push(value)}`;
  }

  /** A name for a table that the statement has not used. */
  alias(prefix: string): string {
    this.#aliases += 1;
    return `${prefix}${this.#aliases}`;
  }
}

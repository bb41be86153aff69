const inspect = Symbol.for('nodejs.util.inspect.custom');

/** Holds a secret so that no log, error or JSON shows it (SECURITY 4.15). */
export class Redacted {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  [inspect](): string {
    return '[redacted]';
  }
}

import { SallyportError } from '@sallyport/core';

/** What placeholders begin with (RFC 4122 names; any text may follow). */
const prefix = 'urn:uuid:';

/** One character further into the known placeholders. */
interface Step {
  readonly next: Map<number, Step>;
  reference: string | undefined;
}

const emptyStep = (): Step => ({ next: new Map(), reference: undefined });

/** Whether a full URL stands for a record that is yet to be made. */
export const isPlaceholder = (fullUrl: string | undefined): fullUrl is string => fullUrl?.startsWith(prefix) === true;

/**
 * The placeholders of a bundle and the references that they have become. The longest that stands at a place is the one
 * that is meant. The work is bounded by the text and the longest placeholder, however many there are; and what texts grow
 * by is bounded, since a short placeholder may stand for a long reference a great many times.
 */
export class Placeholders {
  readonly #root = emptyStep();
  readonly #limit: number;
  #empty = true;
  #grown = 0;

  /** @param limit most characters that all texts together may grow by */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** From here on this placeholder is this reference. */
  set(placeholder: string, reference: string): void {
    let step = this.#root;
    for (let index = prefix.length; index < placeholder.length; index++) {
      const code = placeholder.charCodeAt(index);
      let next = step.next.get(code);
      if (next === undefined) {
        next = emptyStep();
        step.next.set(code, next);
      }
      step = next;
    }
    step.reference = reference;
    this.#empty = false;
  }

  /** A JSON value with references in place of placeholders, in its texts at any depth. @throws SallyportError `body_too_large` */
  fill(value: unknown): unknown {
    if (this.#empty) return value;
    if (typeof value === 'string') return this.#fillText(value);
    if (Array.isArray(value)) return value.map((each) => this.fill(each));
    if (typeof value !== 'object' || value === null) return value;
    const made: Record<string, unknown> = Object.create(null);
    for (const [name, member] of Object.entries(value)) made[name] = this.fill(member);
    return made;
  }

  #fillText(text: string): string {
    let made = '';
    let done = 0;
    for (let at = text.indexOf(prefix); at >= 0; ) {
      const found = this.#longestAt(text, at + prefix.length);
      if (found === undefined) {
        at = text.indexOf(prefix, at + 1);
        continue;
      }
      const { reference, end } = found;
      this.#grow(reference.length - (end - at));
      made += text.slice(done, at) + reference;
      done = end;
      at = text.indexOf(prefix, end);
    }
    return done === 0 ? text : made + text.slice(done);
  }

  #longestAt(text: string, start: number): { readonly reference: string; readonly end: number } | undefined {
    let step: Step | undefined = this.#root;
    let found: { reference: string; end: number } | undefined;
    for (let index = start; step !== undefined; index++) {
      if (step.reference !== undefined) found = { reference: step.reference, end: index };
      step = index < text.length ? step.next.get(text.charCodeAt(index)) : undefined;
    }
    return found;
  }

  #grow(characters: number): void {
    this.#grown += Math.max(0, characters);
    if (this.#grown <= this.#limit) return;
    throw new SallyportError('body_too_large', {
      detail: 'With its placeholders filled the bundle is too large.',
      facts: { limit: this.#limit },
    });
  }
}

import { hash } from 'node:crypto';
import { SallyportError } from '../errors/index.ts';

/** An entity tag (RFC 9110 section 8.8.3), its value without the quotes. */
export interface EntityTag {
  readonly weak: boolean;
  readonly value: string;
}

export interface EntityTagOptions {
  /** Takes tags without quotes too, and weak ones for strong: for contracts older than the RFC. */
  readonly lenient?: boolean;
}

/**
 * A strong tag's value from everything that a representation depends on: the record's version and the variant (fields,
 * expansions, language, what the caller may see). Equal parts give equal tags; parts cannot run into each other.
 */
export function deriveEntityTag(parts: readonly string[]): string {
  const text = parts.map((part) => `${part.length}:${part}`).join(',');
  // Half of a SHA-256: 128 bits, 22 characters.
  return hash('sha256', text, 'base64url').slice(0, 22);
}

/**
 * The value as a strong tag: `"abc"`.
 *
 * @throws SallyportError `internal` for a value that no tag can have
 */
export function formatEntityTag(value: string): string {
  for (let index = 0; index < value.length; index++) {
    if (isTagCharacter(value.charCodeAt(index))) continue;
    throw new SallyportError('internal', { cause: new TypeError('An entity tag has a character that cannot be sent') });
  }
  return `"${value}"`;
}

/**
 * Reads `If-Match` or `If-None-Match` (RFC 9110 sections 13.1.1, 13.1.2): `*`, or a list of tags. A header outside the
 * grammar is refused, as a precondition that is not understood must not be passed over.
 *
 * @param name of the header, for the error
 * @throws SallyportError `malformed_request`
 */
export function parseEntityTags(name: string, header: string, options: EntityTagOptions = {}): '*' | EntityTag[] {
  const lenient = options.lenient === true;
  const tags: EntityTag[] = [];
  if (header.trim() === '*') return '*';
  let index = 0;
  for (;;) {
    // Empty elements of a list are passed over (RFC 9110 section 5.6.1.2).
    while (index < header.length && isSeparator(header.charCodeAt(index))) index++;
    if (index >= header.length) break;
    const weak = header.startsWith('W/', index);
    const start = weak ? index + 2 : index;
    const quoted = header[start] === '"';
    if (!quoted && !lenient) return malformed(name);
    let end = quoted ? start + 1 : start;
    while (end < header.length && isTagCharacter(header.charCodeAt(end)) && (quoted || header[end] !== ',')) end++;
    if (quoted ? header[end] !== '"' : end === start) return malformed(name);
    tags.push({ weak: weak && !lenient, value: header.slice(quoted ? start + 1 : start, end) });
    index = skipSpace(header, quoted ? end + 1 : end);
    if (index < header.length && header[index] !== ',') return malformed(name);
  }
  return tags.length === 0 ? malformed(name) : tags;
}

/** Strong comparison (RFC 9110 section 8.8.3.2): a weak tag equals nothing. `current` is a strong tag's value. */
export function matchesStrongly(tags: readonly EntityTag[], current: string): boolean {
  return tags.some((tag) => !tag.weak && tag.value === current);
}

/** Weak comparison (RFC 9110 section 8.8.3.2): only the values count. */
export function matchesWeakly(tags: readonly EntityTag[], current: string): boolean {
  return tags.some((tag) => tag.value === current);
}

/** `etagc`: visible characters but the double quote, and obs-text. */
function isTagCharacter(code: number): boolean {
  return code === 0x21 || (code >= 0x23 && code <= 0x7e) || (code >= 0x80 && code <= 0xff);
}

function isSeparator(code: number): boolean {
  return code === 0x2c || code === 0x20 || code === 0x09;
}

function skipSpace(text: string, start: number): number {
  let index = start;
  while (text[index] === ' ' || text[index] === '\t') index++;
  return index;
}

function malformed(name: string): never {
  const message = 'This is neither * nor a list of entity tags.';
  throw new SallyportError('malformed_request', {
    detail: `The header ${name} is neither * nor a list of entity tags.`,
    issues: [{ in: 'header', path: [name], code: 'format', message }],
  });
}

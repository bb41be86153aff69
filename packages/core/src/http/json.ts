import { SallyportError } from '../errors/index.ts';
import { isForbiddenName } from './characters.ts';
import { findJsonFault, type JsonFault } from './json-fault.ts';
import { defaultLimits, type JsonLimits } from './limits.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const forgiving = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Decodes bytes as UTF-8, strictly; a byte order mark is refused (RFC 8259 section 8.1).
 *
 * @param refuse makes the error
 * @throws SallyportError `malformed_body`
 */
export function decodeUtf8(
  bytes: Uint8Array,
  refuse: (fault: JsonFault, cause?: unknown) => SallyportError = malformedJson,
): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    const offset = Math.max(forgiving.decode(bytes).indexOf('\ufffd'), 0);
    throw refuse({ offset, message: 'The text is not valid UTF-8.' }, cause);
  }
  if (text.charCodeAt(0) === 0xfeff) throw refuse({ offset: 0, message: 'A byte order mark is not allowed.' });
  return text;
}

/**
 * Reads a JSON document (RFC 8259) from bytes. Objects have no prototype. Stricter than `JSON.parse`: repeated keys, the
 * keys `__proto__`, `constructor` and `prototype` (however they are escaped), numbers beyond the range of a double, and
 * texts that are no Unicode or hold U+0000 (RFC 7493 section 2, and no PostgreSQL text can) are refused, and so is what
 * is deeper or has more keys or values than the limits.
 *
 * @throws SallyportError `malformed_body`, with one issue of code `json` whose path is the offset of the fault in the
 * decoded text
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = defaultLimits.json): unknown {
  return parseJsonText(decodeUtf8(bytes), limits);
}

/** {@link parseJson} for text that is decoded already: a filter in a parameter, an entry of a bundle. */
export function parseJsonText(text: string, limits: JsonLimits = defaultLimits.json): unknown {
  // The common case costs one look at each character, `JSON.parse` and a copy. A document whose number of colons is not
  // the number of keys that came out has a repeated key; who is at fault, and where, is asked only when something is.
  const outline = measure(text, limits.values);
  if (outline.depth <= limits.depth && outline.colons <= limits.keys && outline.values <= limits.values) {
    const copy: Copy = { keys: 0, sound: true, checkStrings: outline.escapes };
    let value: unknown;
    try {
      value = withoutPrototypes(JSON.parse(text), copy);
    } catch (cause) {
      throw malformedJson(faultOf(text, limits), cause);
    }
    if (copy.sound && copy.keys === outline.colons) return value;
  }
  throw malformedJson(faultOf(text, limits));
}

interface Outline {
  depth: number;
  colons: number;
  /** Commas, and what opens lists and objects: so many values cost time and memory, however few bytes they take. */
  values: number;
  /** There are `\u` escapes, the only way for U+0000 and lone surrogates to come in. */
  escapes: boolean;
}

/** Depth, and colons and values outside strings, of a text that may not be JSON at all; up to the most values. */
function measure(text: string, most: number): Outline {
  const outline: Outline = { depth: 0, colons: 0, values: 0, escapes: text.includes('\\u') };
  let depth = 0;
  for (let index = 0; index < text.length && outline.values <= most; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x22) index = endOfString(text, index);
    else if (code === 0x3a) outline.colons++;
    else if (code === 0x2c) outline.values++;
    else if (code === 0x7b || code === 0x5b) {
      outline.values++;
      depth++;
      if (depth > outline.depth) outline.depth = depth;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return outline;
}

function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x22) return index;
    if (code === 0x5c) index++;
  }
  return text.length;
}

interface Copy {
  keys: number;
  sound: boolean;
  readonly checkStrings: boolean;
}

/** Copies objects to ones without a prototype. The depth was checked before, so it may call itself. */
function withoutPrototypes(value: unknown, copy: Copy): unknown {
  if (typeof value === 'string') {
    if (copy.checkStrings && !isStorable(value)) copy.sound = false;
    return value;
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) copy.sound = false;
    return value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) value[index] = withoutPrototypes(value[index], copy);
    return value;
  }
  const result: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value)) {
    copy.keys++;
    if (isForbiddenName(key) || (copy.checkStrings && !isStorable(key))) copy.sound = false;
    // `JSON.parse` made it: every key is a property of its own.
    result[key] = withoutPrototypes((value as Record<string, unknown>)[key], copy);
  }
  return result;
}

/** Whether a text is Unicode without U+0000, and can so be kept in a database. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function faultOf(text: string, limits: JsonLimits): JsonFault {
  return findJsonFault(text, limits) ?? { offset: 0, message: 'The document is not acceptable.' };
}

/** The error of a JSON document that cannot be read. */
export function malformedJson(fault: JsonFault, cause?: unknown): SallyportError {
  return new SallyportError('malformed_body', {
    detail: fault.message,
    issues: [{ in: 'body', path: [fault.offset], code: 'json', message: fault.message }],
    ...(cause === undefined ? {} : { cause }),
  });
}

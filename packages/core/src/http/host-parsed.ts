import { SallyportError } from '../errors/index.ts';
import { hasControl, isForbiddenName } from './characters.ts';
import { malformedForm } from './form.ts';
import { isStorable } from './json.ts';
import { defaultLimits, type JsonLimits } from './limits.ts';
import type { Pair } from './pairs.ts';
import { tooLarge } from './read-bytes.ts';

export interface HostParsedLimits {
  readonly json: JsonLimits;
  /** Most bytes, estimated from the lengths of texts and keys. */
  readonly limit: number;
}

interface Walk {
  readonly limits: HostParsedLimits;
  keys: number;
  size: number;
}

/**
 * Holds a JSON value that the host has parsed (`express.json()`) to the rules of {@link parseJson} and copies it to
 * objects without a prototype. Only what its parser has lost cannot be told any more: repeated keys, and bytes that were
 * not UTF-8. The issue's path is that of the fault in the value.
 *
 * @throws SallyportError `malformed_body`, `body_too_large`
 */
export function copyHostJson(value: unknown, limits: HostParsedLimits): unknown {
  return copyValue(value, { limits, keys: 0, size: 0 }, []);
}

// Its depth is bounded by the limit, which is asked before it calls itself.
function copyValue(value: unknown, walk: Walk, path: readonly (string | number)[]): unknown {
  const { json, limit } = walk.limits;
  walk.size += typeof value === 'string' ? value.length + 2 : 2;
  if (walk.size > limit) throw tooLarge(limit);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return isStorable(value) ? value : refuse(path, 'A text has characters not allowed.');
  if (typeof value === 'number') return Number.isFinite(value) ? value : refuse(path, 'A number is out of range.');
  if (typeof value !== 'object') return refuse(path, 'A value is not JSON.');
  if (path.length >= json.depth) return refuse(path, `The document is more than ${json.depth} levels deep.`);
  if (Array.isArray(value)) return value.map((item, index) => copyValue(item, walk, [...path, index]));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return refuse(path, 'A value is not JSON.');
  const result: Record<string, unknown> = Object.create(null);
  for (const [key, member] of Object.entries(value)) {
    if (isForbiddenName(key)) return refuse(path, 'A key has a name that is not allowed.');
    if (!isStorable(key)) return refuse(path, 'A key has characters that are not allowed.');
    if (++walk.keys > json.keys) return refuse(path, `There are more than ${json.keys} keys.`);
    walk.size += key.length + 3;
    result[key] = copyValue(member, walk, [...path, key]);
  }
  return result;
}

function refuse(path: readonly (string | number)[], message: string): never {
  throw new SallyportError('malformed_body', {
    detail: message,
    issues: [{ in: 'body', path, code: 'json', message }],
  });
}

/**
 * Makes pairs of a form that the host has parsed (`express.urlencoded()`): texts, and lists of texts for repetitions.
 * What a parser has nested (`b[c]=3`) is refused, as the flat name is lost.
 *
 * @throws SallyportError `malformed_body`
 */
export function copyHostForm(value: unknown, most: number = defaultLimits.formFields): Pair[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return malformedForm('This is not a form.');
  const pairs: Pair[] = [];
  for (const [name, entry] of Object.entries(value)) {
    const values: readonly unknown[] = Array.isArray(entry) ? entry : [entry];
    for (const text of values) {
      if (typeof text !== 'string') return malformedForm('A field of a form is a text.');
      if (!isStorable(text) || hasControl(name) || hasControl(text, 'text')) {
        return malformedForm('A control character is not allowed.');
      }
      if (pairs.length >= most) return malformedForm('There are too many fields.');
      pairs.push([name, text]);
    }
  }
  return pairs;
}

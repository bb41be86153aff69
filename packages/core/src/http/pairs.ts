import { hasControl } from './characters.ts';
import { decodePercent } from './percent.ts';

/** A decoded name and value of a query or a form. */
export type Pair = readonly [name: string, value: string];

/**
 * Decodes `a=1&b=two+words` (application/x-www-form-urlencoded, WHATWG URL section 5.1) strictly: `+` is a space, bad
 * escapes and control characters (but tab and line ends in values) are refused, names stay flat (`b[c]` is a name).
 * Empty pieces are skipped; a name without `=` has the empty value.
 *
 * @param fail is told why; it throws
 */
export function decodePairs(text: string, fail: (reason: string) => never, most = Number.POSITIVE_INFINITY): Pair[] {
  const pairs: Pair[] = [];
  if (text === '') return pairs;
  for (let start = 0; start <= text.length; ) {
    const found = text.indexOf('&', start);
    const end = found < 0 ? text.length : found;
    if (end > start) {
      if (pairs.length >= most) fail('There are too many fields.');
      const equals = text.indexOf('=', start);
      const nameEnd = equals < 0 || equals > end ? end : equals;
      const name = decodePart(text.slice(start, nameEnd));
      const value = nameEnd === end ? '' : decodePart(text.slice(nameEnd + 1, end));
      if (name === undefined || value === undefined) return fail('A percent-escape is not valid UTF-8.');
      if (hasControl(name) || hasControl(value, 'text')) return fail('A control character is not allowed.');
      pairs.push([name, value]);
    }
    start = end + 1;
  }
  return pairs;
}

function decodePart(text: string): string | undefined {
  return decodePercent(text.includes('+') ? text.replaceAll('+', ' ') : text);
}

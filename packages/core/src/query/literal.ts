import { malformedFilter } from './fault.ts';

/** Plain data: all that a filter written as text can hold. */
export type Literal = string | number | boolean | null | readonly Literal[];

/** How much text {@link readLiteral} takes. */
export interface LiteralLimits {
  /** Most bytes of UTF-8. */
  readonly bytes: number;
  /** Most brackets inside one another. */
  readonly depth: number;
  /** Most items of one list. */
  readonly items: number;
}

export const literalLimits: LiteralLimits = Object.freeze({ bytes: 8192, depth: 8, items: 500 });

/** A bracket that is still open. */
interface OpenList {
  readonly items: Literal[];
  readonly close: ']' | ')';
  /** Whether a comma was seen: in Python `(1)` is a number and `(1,)` a tuple. */
  comma: boolean;
}

const words: ReadonlyMap<string, Literal> = new Map<string, Literal>([
  ['True', true],
  ['true', true],
  ['False', false],
  ['false', false],
  ['None', null],
  ['null', null],
]);

/** Escapes of one letter: JSON's and Python's together. */
const escapes: ReadonlyMap<string, string> = new Map([
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['/', '/'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

/** Escapes by number: the digits that follow. */
const numbered: ReadonlyMap<string, number> = new Map([
  ['x', 2],
  ['u', 4],
  ['U', 8],
]);

const space = /[ \t\n\r]*/y;
const number = /[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
const word = /[A-Za-z_]+/y;
const hexadecimal = /^[0-9A-Fa-f]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters end a string here, as in JSON
const plain = /[^"'\\\x00-\x1f]*/y;

function fault(offset: number, message: string): never {
  throw malformedFilter(`Character ${offset + 1}: ${message}.`, { offset });
}

/** The end of what a sticky expression matches at an offset; the offset itself when it matches nothing. */
function endOf(expression: RegExp, text: string, offset: number): number {
  expression.lastIndex = offset;
  return expression.test(text) ? expression.lastIndex : offset;
}

/**
 * Reads JSON and Python literal syntax as data: lists, tuples, strings, numbers, `true`/`True`, `null`/`None`, trailing
 * commas. Nothing is evaluated, there are no objects and no names, and the work is linear in the length of the text.
 * Whatever `JSON.parse` accepts without objects comes out the same.
 *
 * @throws SallyportError `malformed_filter` with the offset of the fault in `facts.offset`.
 * @see docs/reference/filters.md
 */
export function readLiteral(text: string, limits: LiteralLimits = literalLimits): Literal {
  if (text.length > limits.bytes || Buffer.byteLength(text) > limits.bytes) {
    throw malformedFilter(`It is longer than ${limits.bytes} bytes.`, { offset: limits.bytes, limit: limits.bytes });
  }
  const open: OpenList[] = [];
  let offset = 0;
  for (;;) {
    offset = endOf(space, text, offset);
    const character = text.charAt(offset);
    let value: Literal;
    const list = open.at(-1);
    if (character === '[' || character === '(') {
      if (open.length >= limits.depth) fault(offset, `lists nest deeper than ${limits.depth}`);
      open.push({ items: [], close: character === '[' ? ']' : ')', comma: false });
      offset += 1;
      continue;
    }
    if (list !== undefined && character === list.close) {
      // An empty list, or a trailing comma.
      open.pop();
      value = list.items;
      offset += 1;
    } else if (character === '"' || character === "'") {
      [value, offset] = readString(text, offset);
    } else {
      [value, offset] = readScalar(text, offset);
    }

    // A value is complete: close the lists that end here, then go on behind a comma.
    for (;;) {
      offset = endOf(space, text, offset);
      const parent = open.at(-1);
      if (parent === undefined) {
        if (offset < text.length) fault(offset, 'there is something behind the end');
        return value;
      }
      if (parent.items.length >= limits.items) fault(offset, `a list has more than ${limits.items} items`);
      parent.items.push(value);
      const next = text.charAt(offset);
      if (next === ',') {
        parent.comma = true;
        offset += 1;
        break;
      }
      if (next !== parent.close) fault(offset, `"," or "${parent.close}" is expected`);
      open.pop();
      offset += 1;
      value = parent.close === ')' && !parent.comma ? value : parent.items;
    }
  }
}

/** A number or one of the words; answers the value and where it ends. */
function readScalar(text: string, start: number): [Literal, number] {
  let end = endOf(number, text, start);
  if (end > start) return [Number(text.slice(start, end)), end];
  end = endOf(word, text, start);
  const value = words.get(text.slice(start, end));
  if (value === undefined) fault(start, start < text.length ? 'a value is expected' : 'the end comes too early');
  return [value, end];
}

/** A string in either quote; answers it and where it ends. */
function readString(text: string, start: number): [string, number] {
  const quote = text.charAt(start);
  let value = '';
  let offset = start + 1;
  for (;;) {
    const end = endOf(plain, text, offset);
    value += text.slice(offset, end);
    offset = end;
    const character = text.charAt(offset);
    if (character === quote) return [value, offset + 1];
    if (character === '"' || character === "'") {
      value += character;
      offset += 1;
    } else if (character === '\\') {
      const letter = text.charAt(offset + 1);
      const simple = escapes.get(letter);
      const digits = numbered.get(letter);
      if (simple !== undefined) {
        value += simple;
        offset += 2;
      } else if (digits !== undefined) {
        const code = text.slice(offset + 2, offset + 2 + digits);
        const point = code.length === digits && hexadecimal.test(code) ? Number.parseInt(code, 16) : -1;
        if (point < 0 || point > 0x10ffff) fault(offset, 'the escape is not known');
        value += String.fromCodePoint(point);
        offset += 2 + digits;
      } else {
        fault(offset, 'the escape is not known');
      }
    } else {
      fault(offset, character === '' ? 'the string does not end' : 'a control character stands in a string');
    }
  }
}

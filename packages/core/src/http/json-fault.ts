import { isForbiddenName } from './characters.ts';
import type { JsonLimits } from './limits.ts';

/** What is wrong with a JSON text, and at which character. */
export interface JsonFault {
  readonly offset: number;
  readonly message: string;
}

type State = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'after';

const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const literals = ['true', 'false', 'null'];

/**
 * Reads a JSON text character by character (RFC 8259 sections 2 to 8) and answers its first fault, `undefined` for a
 * document without one. Iterative: depth costs no stack. It is asked only when something is known to be wrong, so it is
 * made to explain, not to be fast; its work is linear in the length of the text.
 */
export function findJsonFault(text: string, limits: JsonLimits): JsonFault | undefined {
  /** The keys of each open object, `undefined` for a list. */
  const open: (Set<string> | undefined)[] = [];
  let state: State = 'value';
  let keys = 0;
  let values = 0;
  let index = 0;

  for (;;) {
    index = skipWhitespace(text, index);
    const character = text[index];
    if (character === undefined) {
      if (state === 'after' && open.length === 0) return undefined;
      return { offset: index, message: text.length === 0 ? 'The body is empty.' : 'The document ends too early.' };
    }
    const closes = open.length > 0 && character === (open.at(-1) === undefined ? ']' : '}');
    if (closes && (state === 'after' || state === 'value-or-end' || state === 'key-or-end')) {
      open.pop();
      state = 'after';
      index++;
    } else if (state === 'after') {
      if (open.length === 0) return { offset: index, message: 'There is text after the document.' };
      if (character !== ',') return { offset: index, message: 'A comma or the end of the list or object is missing.' };
      if (++values > limits.values) return tooManyValues(index, limits);
      state = open.at(-1) === undefined ? 'value' : 'key';
      index++;
    } else if (state === 'key' || state === 'key-or-end') {
      if (character !== '"') return { offset: index, message: 'A key in double quotes is missing.' };
      const end = readString(text, index);
      if (typeof end !== 'number') return end;
      const key: string = JSON.parse(text.slice(index, end));
      if (isForbiddenName(key)) return { offset: index, message: 'A key has a name that is not allowed.' };
      if (open.at(-1)?.has(key)) return { offset: index, message: 'A key occurs twice in one object.' };
      open.at(-1)?.add(key);
      if (++keys > limits.keys) return { offset: index, message: `There are more than ${limits.keys} keys.` };
      index = skipWhitespace(text, end);
      if (text[index] !== ':') return { offset: index, message: 'A colon is missing after a key.' };
      state = 'value';
      index++;
    } else if (character === '{' || character === '[') {
      if (open.length >= limits.depth) {
        return { offset: index, message: `The document is more than ${limits.depth} levels deep.` };
      }
      if (++values > limits.values) return tooManyValues(index, limits);
      open.push(character === '{' ? new Set() : undefined);
      state = character === '{' ? 'key-or-end' : 'value-or-end';
      index++;
    } else {
      const end = character === '"' ? readString(text, index) : readScalar(text, index);
      if (typeof end !== 'number') return end;
      state = 'after';
      index = end;
    }
  }
}

const tooManyValues = (offset: number, { values }: JsonLimits): JsonFault => ({
  offset,
  message: `There are more than ${values} values.`,
});

/** The end of a number or literal, or its fault. */
function readScalar(text: string, start: number): number | JsonFault {
  for (const literal of literals) if (text.startsWith(literal, start)) return start + literal.length;
  number.lastIndex = start;
  const found = number.exec(text)?.[0];
  if (found === undefined) return { offset: start, message: 'A value is missing.' };
  if (!Number.isFinite(Number(found))) return { offset: start, message: 'A number is out of range.' };
  return start + found.length;
}

/** The end of a string, after its closing quote, or its fault. */
function readString(text: string, start: number): number | JsonFault {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x22) return index + 1;
    if (code < 0x20) return { offset: index, message: 'A control character in a string must be escaped.' };
    if (code !== 0x5c) continue;
    const escaped = text[index + 1] ?? '';
    if (escaped === 'u') {
      const unit = hexadecimal(text, index + 2);
      if (unit === undefined) return { offset: index, message: 'An escape in a string is not valid.' };
      if (unit === 0) return { offset: index, message: 'The character U+0000 is not allowed.' };
      if (unit >= 0xd800 && unit <= 0xdfff) {
        const low = text.startsWith('\\u', index + 6) ? hexadecimal(text, index + 8) : undefined;
        if (unit > 0xdbff || low === undefined || low < 0xdc00 || low > 0xdfff) {
          return { offset: index, message: 'Half a surrogate pair is not a character.' };
        }
        index += 6;
      }
      index += 5;
    } else if (escaped !== '' && '"\\/bfnrt'.includes(escaped)) index++;
    else return { offset: index, message: 'An escape in a string is not valid.' };
  }
  return { offset: text.length, message: 'A string is not closed.' };
}

function hexadecimal(text: string, start: number): number | undefined {
  const digits = text.slice(start, start + 4);
  return /^[0-9A-Fa-f]{4}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

function skipWhitespace(text: string, start: number): number {
  let index = start;
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code !== 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) break;
  }
  return index;
}

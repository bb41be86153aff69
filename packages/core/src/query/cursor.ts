import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { ConfigurationError } from '../errors/index.ts';
import type { Condition, Operand } from './condition.ts';
import { invalidParameter, type ParameterFault } from './fault.ts';
import type { PageDirection } from './keyset.ts';
import type { OrderTerm } from './order.ts';

/** A place in a result: the order values of the row at a page's edge, and which side of it comes next. */
export interface Cursor {
  /** One for each term of the order. */
  readonly values: readonly Operand[];
  readonly direction: PageDirection;
}

/** What a cursor is good for. It opens only under the same binding. */
export interface CursorBinding {
  /** Id of the caller; a constant for the public. */
  readonly caller: string;
  /** The resource, with its API. */
  readonly resource: string;
  readonly order: readonly OrderTerm[];
  /** The fingerprint of the caller's filter: {@link fingerprintOf}. */
  readonly filter: string;
}

/** Writes and reads cursors with one key. */
export interface CursorCodec {
  /** @throws RangeError when the values are too large for a cursor. */
  encode(cursor: Cursor, binding: CursorBinding): string;
  /** @throws SallyportError `invalid_parameter`, the same for a broken cursor and a foreign one. */
  decode(text: string, binding: CursorBinding): Cursor;
}

/** How cursors are made. */
export interface CursorOptions {
  /** The parameter's name, for errors. */
  readonly parameter?: string;
  readonly error?: ParameterFault;
}

/** Most characters of a cursor. */
export const longestCursor = 2048;

const tagLength = 32;
const version = 1;
const alphabet = /^[A-Za-z0-9_-]+$/;

/**
 * Cursors that callers cannot read, change, or use elsewhere. The order values (the primary key is one of them, and it
 * must not leave) are encrypted, and an HMAC-SHA-256 over values and {@link CursorBinding} is both the tag and the
 * start of the key stream (the SIV construction of RFC 5297, with HMAC and AES-256-CTR). It needs no random number:
 * the same place has the same cursor, so responses with cursors keep their ETag.
 *
 * @param key At least 32 bytes, from a random source.
 * @throws ConfigurationError when the key is too short.
 * @see docs/reference/paging.md
 */
export function cursorCodec(key: Uint8Array, options: CursorOptions = {}): CursorCodec {
  if (key.byteLength < 32) throw new ConfigurationError('cursors.key', 'needs at least 32 bytes');
  const { parameter = 'cursor', error } = options;
  const derived = Buffer.from(hkdfSync('sha256', key, new Uint8Array(0), 'sallyport cursor v1', 64));
  const macKey = derived.subarray(0, 32);
  const cipherKey = derived.subarray(32);

  function tagOf(payload: Uint8Array, binding: CursorBinding): Buffer {
    const { caller, resource, order, filter } = binding;
    const context = JSON.stringify([version, caller, resource, order.map(termText), filter]);
    return createHmac('sha256', macKey)
      .update(`${Buffer.byteLength(context)}:${context}`)
      .update(payload)
      .digest();
  }

  return {
    encode({ values, direction }, binding) {
      const payload = Buffer.from(JSON.stringify([direction === 'next' ? 1 : 0, ...values]));
      const tag = tagOf(payload, binding);
      const cipher = createCipheriv('aes-256-ctr', cipherKey, tag.subarray(0, 16));
      const text = Buffer.concat([tag, cipher.update(payload), cipher.final()]).toString('base64url');
      if (text.length > longestCursor) throw new RangeError('The order values are too large for a cursor.');
      return text;
    },

    decode(text, binding) {
      const opened = text.length <= longestCursor && alphabet.test(text) ? open(text, binding) : undefined;
      if (opened === undefined) throw invalidParameter(parameter, 'it is not a cursor of this search', error);
      return opened;
    },
  };

  function open(text: string, binding: CursorBinding): Cursor | undefined {
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.length <= tagLength || bytes.toString('base64url') !== text) return undefined;
    const tag = bytes.subarray(0, tagLength);
    const decipher = createDecipheriv('aes-256-ctr', cipherKey, tag.subarray(0, 16));
    const payload = Buffer.concat([decipher.update(bytes.subarray(tagLength)), decipher.final()]);
    if (!timingSafeEqual(tagOf(payload, binding), tag)) return undefined;
    const [next, ...values] = JSON.parse(payload.toString()) as [number, ...Operand[]]; // our own: the tag says so
    if (values.length !== binding.order.length) return undefined;
    return { values, direction: next === 1 ? 'next' : 'previous' };
  }
}

function termText({ property, through, direction }: OrderTerm): string {
  return `${[...through.map((relation) => relation.name), property.name].join('.')} ${direction}`;
}

/** A short name for a condition: equal for equal conditions. Give it the caller's filter, not what changes by the hour. */
export function fingerprintOf(condition: Condition): string {
  return createHash('sha256')
    .update(JSON.stringify(plain(condition)))
    .digest('base64url');
}

/** A condition as plain data, with properties by name. */
function plain(condition: Condition): unknown {
  switch (condition.kind) {
    case 'constant':
      return condition.value;
    case 'and':
    case 'or':
      return [condition.kind, ...condition.conditions.map(plain)];
    case 'not':
      return ['not', plain(condition.condition)];
    case 'compare':
      return ['compare', condition.property.name, condition.operator, condition.value, condition.ignoreCase ?? false];
    case 'in':
      return ['in', condition.property.name, condition.values];
    case 'related':
      return ['related', condition.relation.name, plain(condition.where)];
    case 'oneOf':
      return ['or', ...condition.ways.map(plain)];
    case 'firstRelated':
      return [
        'first',
        condition.relation.name,
        plain(condition.among),
        condition.order.map(termText),
        plain(condition.where),
      ];
    case 'hierarchy':
      return ['hierarchy', condition.parent.name, condition.direction, plain(condition.of)];
  }
}

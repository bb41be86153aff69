import { canonicalTimestamp, isCalendarDate } from './calendar.ts';

/** How a date or a timestamp is compared. */
export type DatePrefix = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

/** `ge1990-01-01` after reading. */
export interface DateOperand {
  readonly prefix: DatePrefix;
  /** `YYYY-MM-DD`, or `YYYY-MM-DD HH:MM:SS[.ffffff]Z`. */
  readonly value: string;
}

/** `system|value`, split. */
export interface Identifier {
  readonly system: string;
  readonly value: string;
}

/** `Type/key` after reading; `type` is absent for a bare key. */
export interface Reference {
  readonly type?: string;
  /** What follows the type: the key on the wire, whole. */
  readonly key: string;
  /** The key's two parts, when it has a bar. */
  readonly identifier?: Identifier;
}

const prefixed = /^(eq|ne|gt|ge|lt|le)?(.*)$/s;

function splitPrefix(text: string): [DatePrefix, string] {
  const match = prefixed.exec(text);
  return [(match?.[1] ?? 'eq') as DatePrefix, match?.[2] ?? '']; // the expression lets only prefixes through
}

/** Reads `[prefix]YYYY-MM-DD`; undefined for anything else, days that do not exist included. */
export function parseDateWithPrefix(text: string): DateOperand | undefined {
  const [prefix, value] = splitPrefix(text);
  return isCalendarDate(value) ? { prefix, value } : undefined;
}

/** Reads `[prefix]` and a date or an instant; a date means 00:00 UTC. Undefined for anything else. */
export function parseTimestampWithPrefix(text: string): DateOperand | undefined {
  const [prefix, instant] = splitPrefix(text);
  const value = canonicalTimestamp(instant);
  return value === undefined ? undefined : { prefix, value };
}

/**
 * Splits `system|value` at the first bar: the value may hold further bars, and either part may be empty.
 *
 * @returns undefined when there is no bar.
 */
export function splitIdentifier(text: string): Identifier | undefined {
  const bar = text.indexOf('|');
  return bar < 0 ? undefined : { system: text.slice(0, bar), value: text.slice(bar + 1) };
}

/** Reads a token `system|code`: an {@link Identifier} whose two parts are given. */
export function parseToken(text: string): Identifier | undefined {
  const token = splitIdentifier(text);
  return token === undefined || token.system === '' || token.value === '' ? undefined : token;
}

/** How {@link parseReference} reads. */
export interface ReferenceForm {
  /** The types that may stand before the slash. */
  readonly types?: readonly string[];
  /** Whether a key without a type is one too. Without `types` it is the only form. */
  readonly bare?: boolean;
  /** Whether the key must be `system|value`. */
  readonly identifier?: boolean;
  /** Undo one percent-encoding of the key, which some clients do inside of a reference. */
  readonly decode?: boolean;
}

/** Reads `Type/system|value`, `Type/key` or a bare key; undefined for another type or form. */
export function parseReference(text: string, form: ReferenceForm = {}): Reference | undefined {
  const { types = [], bare = types.length === 0, identifier = false, decode = false } = form;
  const type = types.find((each) => text.startsWith(`${each}/`));
  if (type === undefined && !bare) return undefined;
  let key = type === undefined ? text : text.slice(type.length + 1);
  if (decode && key.includes('%')) {
    try {
      key = decodeURIComponent(key);
    } catch {
      return undefined;
    }
  }
  const parts = splitIdentifier(key);
  if (key === '' || (identifier && parts === undefined)) return undefined;
  return { ...(type === undefined ? {} : { type }), key, ...(parts === undefined ? {} : { identifier: parts }) };
}

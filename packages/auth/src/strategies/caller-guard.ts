import type { CallerLimits, FieldLists } from '@sallyport/core';
import type { Caller } from './verified-caller.ts';

/** What a user's own function may answer of a caller. */
export interface CallerAnswer {
  readonly kind: 'client' | 'user';
  /** 1 to 255 visible characters of ASCII (the length of an OpenID Connect `sub`). */
  readonly id: string;
  readonly scopes?: readonly string[] | ReadonlySet<string>;
  /** Becomes the principal's attributes. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Fields that scopes are limited to, by the name of the scope. */
  readonly fieldLists?: FieldLists;
  readonly limits?: CallerLimits;
}

/** Longest id of a caller (OpenID Connect Core section 2, `sub`). */
const longestId = 255;
const mostScopes = 1000;
const longestScope = 256;

/** The grammar of a scope (RFC 6749 section 3.3). */
const scopeShape = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Whether the text can be the id of a caller. */
export function isCallerId(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length <= longestId && /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)
  );
}

/** Whether the text can be a scope. */
export function isScope(value: unknown): value is string {
  return typeof value === 'string' && value.length <= longestScope && scopeShape.test(value);
}

/**
 * Makes a caller of whatever a user's function answered: a client or a user, copied, checked and frozen. Each member is
 * read once, so that nothing turns into something else afterwards; `system` and every other kind is refused.
 *
 * @throws TypeError that names the member at fault and none of its value
 */
export function guardedCaller(answer: unknown): Caller {
  if (typeof answer !== 'object' || answer === null) throw new TypeError('a caller is an object');
  const { kind, id, scopes, attributes, fieldLists, limits } = answer as Readonly<Record<keyof CallerAnswer, unknown>>;
  if (kind !== 'client' && kind !== 'user') throw new TypeError('a caller is a client or a user');
  if (!isCallerId(id)) throw new TypeError('the id of a caller has 1 to 255 visible characters');
  return Object.freeze({
    kind,
    id,
    scopes: checkedScopes(scopes),
    attributes: checkedAttributes(attributes),
    ...(fieldLists === undefined ? {} : { fieldLists: checkedLists(fieldLists) }),
    ...(limits === undefined ? {} : { limits: checkedLimits(limits) }),
  });
}

function checkedScopes(scopes: unknown): ReadonlySet<string> {
  if (scopes === undefined) return new Set();
  if (!Array.isArray(scopes) && !(scopes instanceof Set)) throw new TypeError('the scopes of a caller are a list');
  const list: unknown[] = [...scopes];
  if (list.length > mostScopes || !list.every(isScope)) throw new TypeError('a scope of the caller is not well formed');
  return new Set(list);
}

function checkedLists(lists: unknown): FieldLists {
  if (typeof lists !== 'object' || lists === null) throw new TypeError('the lists of fields of a caller are an object');
  const checked = Object.entries(lists).map(([scope, names]): [string, readonly string[]] => {
    if (!isScope(scope) || !Array.isArray(names) || !names.every((name) => typeof name === 'string')) {
      throw new TypeError('a list of fields of the caller is not well formed');
    }
    return [scope, Object.freeze([...names])];
  });
  return Object.freeze(Object.fromEntries(checked));
}

function checkedLimits(limits: unknown): CallerLimits {
  if (typeof limits !== 'object' || limits === null) throw new TypeError('the limits of a caller are an object');
  const { perMinute, perDay } = limits as CallerLimits;
  for (const limit of [perMinute, perDay]) {
    if (limit !== undefined && !(Number.isSafeInteger(limit) && limit > 0)) {
      throw new TypeError('a limit of a caller is a whole number from 1 on');
    }
  }
  return Object.freeze({
    ...(perMinute === undefined ? {} : { perMinute }),
    ...(perDay === undefined ? {} : { perDay }),
  });
}

function checkedAttributes(attributes: unknown): Readonly<Record<string, unknown>> {
  if (attributes === undefined) return Object.freeze({});
  if (typeof attributes !== 'object' || attributes === null || Array.isArray(attributes)) {
    throw new TypeError('the attributes of a caller are an object');
  }
  return Object.freeze({ ...attributes });
}

import type { SallyportError } from '../errors/index.ts';

/**
 * What kinds of body an operation takes: `json` (`application/json` and `application/*+json`), `merge-patch`
 * (`application/merge-patch+json`, and `application/json` as its documented alias), `form`
 * (`application/x-www-form-urlencoded`), `any` (handed over as bytes, whatever its type).
 */
export type BodyKind = 'json' | 'merge-patch' | 'form' | 'any';

/** A body after reading: within its limits, valid UTF-8, well formed; or why there is none, for routes that ask for that. */
export type ReadBody =
  | { readonly kind: 'none' }
  /** Objects have no prototype; the keys `__proto__`, `constructor`, `prototype` cannot occur. */
  | { readonly kind: 'json'; readonly value: unknown }
  /** Decoded pairs in order, repetitions kept. */
  | { readonly kind: 'form'; readonly fields: readonly (readonly [name: string, value: string])[] }
  /** `contentType` is the raw header, absent when none was sent. */
  | { readonly kind: 'bytes'; readonly contentType: string | undefined; readonly bytes: Uint8Array }
  /** Only where a route has `body.unreadable: 'handed-over'`: it answers by itself, or throws the error. */
  | { readonly kind: 'unreadable'; readonly error: SallyportError };

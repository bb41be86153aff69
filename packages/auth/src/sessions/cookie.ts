import { ConfigurationError } from '@sallyport/core';
import { parseCookie, stringifySetCookie } from 'cookie';

export interface SessionCookieOptions {
  /** Behind `__Host-`; default `session`. */
  readonly name?: string;
  /** `lax` (default): links from elsewhere find the person logged in. `strict`: they do not. */
  readonly sameSite?: 'lax' | 'strict';
}

/** What a request says of the cookie. */
export type PresentedCookie =
  | { readonly kind: 'none' }
  /** More than one of the name: one of them was put there by somebody else, and which is not known. */
  | { readonly kind: 'several' }
  | { readonly kind: 'one'; readonly value: string };

/** The cookie of an API's sessions, made ready. */
export interface SessionCookie {
  /** With its prefix. */
  readonly name: string;
  read(header: string | undefined): PresentedCookie;
  /** The `Set-Cookie` that gives it to a browser, which drops it when it is closed. */
  given(value: string): string;
  /** The `Set-Cookie` that takes it away. */
  readonly taken: string;
}

/**
 * `__Host-` binds the cookie to this host, to TLS and to all paths: no other host, and no page without TLS, can set one
 * in its place (RFC 6265bis section 4.1.3.2). `insecure` leaves prefix and `Secure` away.
 *
 * @throws ConfigurationError for a name with other than letters, digits, `-` and `_`, or with a prefix of its own
 */
export function sessionCookie(options: SessionCookieOptions, insecure: boolean): SessionCookie {
  const plain = options.name ?? 'session';
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(plain) || plain.startsWith('__')) {
    throw new ConfigurationError('sessions.cookie.name', 'is 1 to 64 of A-Z a-z 0-9 _ -, without a prefix');
  }
  const name = insecure ? plain : `__Host-${plain}`;
  const attributes = { name, path: '/', httpOnly: true, secure: !insecure, sameSite: options.sameSite ?? 'lax' };
  return {
    name,
    read(header) {
      const named = header === undefined ? 0 : countOf(name, header);
      if (header === undefined || named === 0) return { kind: 'none' };
      if (named > 1) return { kind: 'several' };
      return { kind: 'one', value: parseCookie(header, { decode: (text) => text })[name] ?? '' };
    },
    given: (value) => stringifySetCookie({ ...attributes, value }),
    taken: stringifySetCookie({ ...attributes, value: '', maxAge: 0 }),
  };
}

/** How many cookies of the name a header has: the parser tells of the first alone. */
function countOf(name: string, header: string): number {
  return header.split(';').filter((pair) => pair.split('=', 1)[0]?.trim() === name).length;
}

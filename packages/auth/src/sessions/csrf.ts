import { createHmac, timingSafeEqual } from 'node:crypto';
import { ConfigurationError, type RequestHead } from '@sallyport/core';
import { crossSiteRequest, invalidCsrfToken } from './errors.ts';

/** What a request with a session has to show before it may change anything. */
export interface CsrfGuard {
  /**
   * Whether a page of another origin has made the browser send the request, as far as its headers tell.
   *
   * @throws SallyportError `cross_site_request`
   */
  refuseOtherSites(head: RequestHead): void;
  /**
   * Judges a request that comes with the session: safe methods (RFC 9110 section 9.2.1) pass.
   *
   * @throws SallyportError `cross_site_request`, `csrf_token_invalid`
   */
  check(head: RequestHead, sessionId: string): void;
}

export interface CsrfOptions {
  /** Origins besides the API's own whose pages may use sessions: `https://app.example.org`. */
  readonly trustedOrigins: readonly string[];
  /** Whether clients that are no browsers may do without the token. */
  readonly cookieOnlyClients: boolean;
}

const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'QUERY']);

/** What no page can send to another origin without asking first: it is no CORS-safelisted content type (Fetch). */
const json = /^application\/(?:[a-z0-9.-]+\+)?json\s*(?:;|$)/i;

/** What browsers add by themselves to a request of a page. Not `Sec-Fetch-Mode`: Node's `fetch` sends that as well. */
const browserHeaders = ['origin', 'referer', 'sec-fetch-site'];

/**
 * The token of a session: made from its id, so that whoever holds the one can make the other, and nobody else; the token,
 * which scripts may see, tells nothing of the id.
 */
export function csrfToken(sessionId: string): string {
  return createHmac('sha256', sessionId).update('sallyport.csrf').digest('base64url');
}

/** @throws ConfigurationError for an origin that is none */
export function csrfGuard({ trustedOrigins, cookieOnlyClients }: CsrfOptions): CsrfGuard {
  for (const [index, origin] of trustedOrigins.entries()) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      throw new ConfigurationError(`sessions.trustedOrigins[${index}]`, `"${origin}" is no origin`);
    }
  }
  const trusted = new Set(trustedOrigins);

  const refuseOtherSites = (head: RequestHead): void => {
    const { origin, 'sec-fetch-site': site } = head.headers;
    if (origin !== undefined && trusted.has(origin)) return;
    // `none`: the person has sent it, not a page.
    if (site !== undefined && site !== 'same-origin' && site !== 'none') throw crossSiteRequest();
    if (origin !== undefined && !isOwn(origin, head)) throw crossSiteRequest();
  };

  return {
    refuseOtherSites,
    check(head, sessionId) {
      if (safe.has(head.method)) return;
      refuseOtherSites(head);
      const token = head.headers['x-csrf-token'];
      if (token === undefined && cookieOnlyClients && !mayBePage(head)) return;
      if (token === undefined || !equal(token, csrfToken(sessionId))) throw invalidCsrfToken();
    },
  };
}

/** Whether the origin is where the request went. Behind a proxy that rewrites `Host` it has to be trusted by name. */
function isOwn(origin: string, { headers: { host }, secure }: RequestHead): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: from } = new URL(origin);
  if (secure && protocol !== 'https:') return false;
  const here = `${protocol}//${host}`;
  return from !== '' && URL.canParse(here) && new URL(here).host === from;
}

/**
 * Whether a page could have sent it: browsers name the origin of what changes things; those too old for that need no more
 * than a form, whose content types are few, and other methods and types they ask for first.
 */
function mayBePage({ method, headers }: RequestHead): boolean {
  if (browserHeaders.some((name) => headers[name] !== undefined)) return true;
  if (method !== 'POST') return false;
  return !json.test(headers['content-type'] ?? '');
}

function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

import type { ReadBody } from '@sallyport/core';
import { Redacted } from '../lib/redacted.ts';
import { type BasicCredentials, type BasicEncoding, type IdAndSecret, readBasic } from './basic.ts';
import { type BodyWay, readTokenBody, type TokenBody } from './token-body.ts';
import { TokenFault } from './token-fault.ts';

/** How clients may send their credentials to a token endpoint. */
export interface CredentialOptions {
  /** Default: Basic and form, the two of RFC 6749 section 2.3.1. */
  readonly ways?: readonly ('basic' | BodyWay)[];
  /**
   * More than one way at once: refused (RFC 6749 section 2.3, the default), or the body's values go over those of the
   * header, which fills in what the body lacks; a header or body that cannot be read is then as good as none (OpenSPP
   * 3.1).
   */
  readonly multiple?: 'refuse' | 'form-over-basic';
  /**
   * No `grant_type`: refused (R10, the default), or taken for `client_credentials`: always, or only where there is no
   * usable body to look for it in.
   */
  readonly absentGrantType?: 'refuse' | 'assume' | 'assume-without-body';
  /**
   * Whether id and secret in Basic are form-urlencoded (RFC 6749 section 2.3.1, the default), come raw as `curl -u`
   * sends them, or either: tried as they stand first, then decoded.
   */
  readonly basicEncoding?: BasicEncoding;
}

/** A token request that could be read. */
export interface TokenRequest {
  readonly clientId: string;
  readonly secret: Redacted;
  /** What to try next where the encoding of Basic is not known. */
  readonly decoded: { readonly clientId: string; readonly secret: Redacted } | undefined;
  /** `undefined`: not sent, and not to be assumed. */
  readonly grantType: string | undefined;
  readonly scope: string | undefined;
}

/**
 * Reads a token request. Parameters of the query are never looked at (R4).
 *
 * @throws TokenFault `request_malformed` or `credentials_missing`
 */
export async function readTokenRequest(
  authorization: string | undefined,
  body: ReadBody,
  options: CredentialOptions = {},
): Promise<TokenRequest> {
  const ways = options.ways ?? ['basic', 'form'];
  const read = await readTokenBody(
    body,
    ways.filter((way) => way !== 'basic'),
  );
  const basic: BasicCredentials = ways.includes('basic')
    ? readBasic(authorization, options.basicEncoding ?? 'form-urlencoded')
    : { kind: authorization === undefined ? 'none' : 'other' };
  return options.multiple === 'form-over-basic'
    ? readLeniently(basic, read, options)
    : readStrictly(basic, read, options);
}

/** One way, and everything in order (R3 to R9). */
function readStrictly(basic: BasicCredentials, body: TokenBody, options: CredentialOptions): TokenRequest {
  if (body.kind === 'unreadable') throw new TokenFault('request_malformed', { description: body.why });
  if (basic.kind === 'malformed') {
    throw new TokenFault('request_malformed', { description: 'The Authorization header could not be read.' });
  }
  const parameters = body.kind === 'none' ? {} : body.parameters;
  const { client_id: id, client_secret: secret, client_assertion: assertion, client_assertion_type: type } = parameters;
  const inBody = secret !== undefined || assertion !== undefined || type !== undefined;
  const namedTwice = basic.kind === 'credentials' && id !== undefined && id !== basic.clientId;
  if ((basic.kind !== 'none' && inBody) || namedTwice || (secret !== undefined && assertion !== undefined)) {
    throw new TokenFault('request_malformed', { description: 'Only one way of client authentication may be used.' });
  }
  if (basic.kind === 'credentials') return request(basic, body, options);
  if (id !== undefined && secret !== undefined) return request({ clientId: id, secret }, body, options);
  throw new TokenFault('credentials_missing');
}

/** OpenSPP 3.1: the form over Basic, complete JSON over Basic, and what cannot be read counts as not sent. */
function readLeniently(basic: BasicCredentials, body: TokenBody, options: CredentialOptions): TokenRequest {
  const header = basic.kind === 'credentials' ? basic : undefined;
  if (body.kind === 'form') {
    const { client_id: id, client_secret: sent } = body.parameters;
    if (id === undefined && sent === undefined && header !== undefined) return request(header, body, options);
    const clientId = id ?? header?.clientId;
    const secret = sent ?? header?.secret;
    if (clientId !== undefined && secret !== undefined) return request({ clientId, secret }, body, options);
  }
  if (body.kind === 'json') {
    const { client_id: clientId, client_secret: secret, grant_type: grantType } = body.parameters;
    const complete = grantType !== undefined || options.absentGrantType === 'assume';
    if (complete && clientId !== undefined && secret !== undefined) return request({ clientId, secret }, body, options);
  }
  if (header !== undefined) return request(header, { kind: 'none' }, options);
  if (body.kind === 'unreadable') throw new TokenFault('request_malformed', { description: body.why });
  throw new TokenFault('credentials_missing');
}

function request(
  { clientId, secret, decoded }: IdAndSecret & { readonly decoded?: IdAndSecret },
  body: TokenBody,
  options: CredentialOptions,
): TokenRequest {
  const bare = body.kind === 'none' || body.kind === 'unreadable';
  const parameters = bare ? {} : body.parameters;
  const absent = options.absentGrantType ?? 'refuse';
  const assumed = absent === 'assume' || (absent === 'assume-without-body' && bare) ? 'client_credentials' : undefined;
  return {
    clientId,
    secret: new Redacted(secret),
    decoded: decoded && { clientId: decoded.clientId, secret: new Redacted(decoded.secret) },
    grantType: parameters.grant_type ?? assumed,
    scope: parameters.scope === '' ? undefined : parameters.scope,
  };
}

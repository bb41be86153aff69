import { clientAssertionType } from '../assertions/client-assertion.ts';
import { Redacted } from '../lib/redacted.ts';
import { type BasicCredentials, type BasicEncoding, type IdAndSecret, readBasic } from './basic.ts';
import { type BodyWay, type ReadableBody, readTokenBody, type TokenBody, unreadable } from './token-body.ts';
import { TokenFault } from './token-fault.ts';

/** How clients may send their credentials to an endpoint. */
export interface CredentialOptions {
  /**
   * Default: Basic and form, the two of RFC 6749 section 2.3.1. With Basic alone the other parameters still come in a
   * form, and credentials in it are refused. `assertion` is a JWT that the client has signed, in a form (RFC 7523 section
   * 2.2), and wants the endpoint's `assertions`; it is always the only way of its request.
   */
  readonly ways?: readonly ('basic' | 'assertion' | BodyWay)[];
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

/** The two of RFC 6749 section 2.3.1. */
export const usualWays = ['basic', 'form'] as const;

/** What a request is about. */
interface RequestParameters {
  /** `undefined`: not sent, and not to be assumed. */
  readonly grantType: string | undefined;
  readonly scope: string | undefined;
  /** The token that a request for revocation or introspection is about. */
  readonly token: Redacted | undefined;
}

/** A request whose client sends its secret. */
export interface SecretTokenRequest extends RequestParameters {
  readonly clientId: string;
  readonly secret: Redacted;
  /** What to try next where the encoding of Basic is not known. */
  readonly decoded: { readonly clientId: string; readonly secret: Redacted } | undefined;
  readonly assertion?: undefined;
}

/** A request whose client has signed an assertion. */
export interface AssertionTokenRequest extends RequestParameters {
  /** Where the request names the client beside the assertion; it must be the same. */
  readonly clientId: string | undefined;
  readonly assertion: Redacted;
}

/** A request to an endpoint that could be read: for a token, or about one. */
export type TokenRequest = SecretTokenRequest | AssertionTokenRequest;

/**
 * Reads a request to an endpoint. Parameters of the query are never looked at (R4).
 *
 * @throws TokenFault `request_malformed` or `credentials_missing`
 */
export async function readTokenRequest(
  authorization: string | undefined,
  body: ReadableBody,
  options: CredentialOptions = {},
): Promise<TokenRequest> {
  const ways = options.ways ?? usualWays;
  const bodyWays = secretWays(ways);
  const read = await readTokenBody(body, bodyWaysOf(options));
  const basic: BasicCredentials = ways.includes('basic')
    ? readBasic(authorization, options.basicEncoding ?? 'form-urlencoded')
    : { kind: authorization === undefined ? 'none' : 'other' };
  const lenient =
    options.multiple === 'form-over-basic' && bodyWays.length > 0 && !(ways.includes('assertion') && isAsserting(read));
  const sent = lenient
    ? readLeniently(basic, 'way' in read && !bodyWays.includes(read.way) ? unreadable(bodyWays) : read, options)
    : readStrictly(basic, read, options, ways);
  const token = 'parameters' in read ? read.parameters.token : undefined;
  return { ...sent, token: token ? new Redacted(token) : undefined };
}

type Ways = NonNullable<CredentialOptions['ways']>;

/** The ways of a body that may carry a secret. */
function secretWays(ways: Ways): readonly BodyWay[] {
  return ways.filter((way) => way !== 'basic' && way !== 'assertion');
}

/** The ways that a body is read in: without any for credentials, parameters and assertions still come in a form. */
export function bodyWaysOf({ ways = usualWays }: CredentialOptions): readonly BodyWay[] {
  const bodyWays = secretWays(ways);
  const form = bodyWays.length === 0 || (ways.includes('assertion') && !bodyWays.includes('form'));
  return form ? ['form', ...bodyWays] : bodyWays;
}

function isAsserting(body: TokenBody): boolean {
  if (!('parameters' in body)) return false;
  return body.parameters.client_assertion !== undefined || body.parameters.client_assertion_type !== undefined;
}

type ReadCredentials = Omit<SecretTokenRequest, 'token'> | Omit<AssertionTokenRequest, 'token'>;

/** One way, and everything in order (R3 to R9). */
function readStrictly(
  basic: BasicCredentials,
  body: TokenBody,
  options: CredentialOptions,
  ways: Ways,
): ReadCredentials {
  if (body.kind === 'unreadable') throw new TokenFault('request_malformed', { description: body.why });
  if (basic.kind === 'malformed') {
    throw new TokenFault('request_malformed', { description: 'The Authorization header could not be read.' });
  }
  const parameters = body.kind === 'none' ? {} : body.parameters;
  const { client_id: id, client_secret: secret, client_assertion: assertion, client_assertion_type: type } = parameters;
  const asserting = isAsserting(body);
  const namedTwice = basic.kind === 'credentials' && id !== undefined && id !== basic.clientId;
  if (
    (basic.kind !== 'none' && (secret !== undefined || asserting)) ||
    namedTwice ||
    (secret !== undefined && asserting)
  ) {
    throw new TokenFault('request_malformed', { description: 'Only one way of client authentication may be used.' });
  }
  if (basic.kind === 'credentials') return request(basic, body, options);
  if (asserting && ways.includes('assertion')) {
    if (assertion === undefined || type !== clientAssertionType) {
      const description = 'client_assertion and its client_assertion_type, that of a JWT, must be sent together.';
      throw new TokenFault('request_malformed', { description });
    }
    return { clientId: id, assertion: new Redacted(assertion), ...about(body, options) };
  }
  const inBody = 'way' in body && ways.includes(body.way);
  if (id !== undefined && secret !== undefined && inBody) return request({ clientId: id, secret }, body, options);
  throw new TokenFault('credentials_missing');
}

/** OpenSPP 3.1: the form over Basic, complete JSON over Basic, and what cannot be read counts as not sent. */
function readLeniently(basic: BasicCredentials, body: TokenBody, options: CredentialOptions): ReadCredentials {
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
): ReadCredentials {
  return {
    clientId,
    secret: new Redacted(secret),
    decoded: decoded && { clientId: decoded.clientId, secret: new Redacted(decoded.secret) },
    ...about(body, options),
  };
}

function about(body: TokenBody, options: CredentialOptions): Pick<RequestParameters, 'grantType' | 'scope'> {
  const bare = body.kind === 'none' || body.kind === 'unreadable';
  const parameters = bare ? {} : body.parameters;
  const absent = options.absentGrantType ?? 'refuse';
  const assumed = absent === 'assume' || (absent === 'assume-without-body' && bare) ? 'client_credentials' : undefined;
  return {
    grantType: parameters.grant_type ?? assumed,
    scope: parameters.scope === '' ? undefined : parameters.scope,
  };
}

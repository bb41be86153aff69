import { ConfigurationError } from '@sallyport/core';
import type { FetchJson } from '../../lib/fetch-json.ts';
import { refuseUndefined } from '../../lib/given.ts';
import { checkedUrl, wellKnownUrl } from '../../oauth/well-known.ts';

/** Where the keys of an issuer are told. Never a token says it (R39). */
export type ForeignKeyPlace =
  | {
      /** Address of the JWK Set. */
      readonly jwksUri: string;
      readonly discovery?: never;
    }
  | {
      readonly jwksUri?: never;
      /**
       * The document that tells the address: `openid` (default) behind the issuer (OpenID Connect Discovery section 4),
       * `oauth` between its host and path (RFC 8414 section 3.1). The issuer that it names must be the one that is
       * configured, byte by byte.
       */
      readonly discovery?: 'openid' | 'oauth';
    };

/**
 * Makes what loads the JWK Set of an issuer. An address that was discovered is looked up again after a failure.
 *
 * @throws ConfigurationError for an issuer or address that is no `https:` URL, and for an address that is undefined
 */
export function keySource(
  place: string,
  issuer: string,
  where: ForeignKeyPlace,
  fetchJson: FetchJson,
  allowHttp: boolean,
): () => Promise<Readonly<Record<string, unknown>>> {
  // An address that was meant is not looked for elsewhere.
  refuseUndefined(place, where, ['jwksUri']);
  const { jwksUri, discovery = 'openid' } = where;
  if (jwksUri !== undefined) {
    checkedAddress(`${place}.jwksUri`, jwksUri, allowHttp);
    return () => fetchJson(jwksUri);
  }
  checkedUrl(`${place}.issuer`, issuer, allowHttp);
  const document = documentAddress(place, issuer, discovery);
  let discovered: string | undefined;
  return async () => {
    const address = discovered ?? (await discover(document, issuer, fetchJson, allowHttp));
    discovered = undefined;
    const set = await fetchJson(address);
    discovered = address;
    return set;
  };
}

function documentAddress(place: string, issuer: string, discovery: unknown): string {
  if (discovery === 'openid') return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  if (discovery === 'oauth') return wellKnownUrl('oauth-authorization-server', issuer);
  throw new ConfigurationError(`${place}.discovery`, 'must be "openid" or "oauth"');
}

async function discover(document: string, issuer: string, fetchJson: FetchJson, allowHttp: boolean): Promise<string> {
  const { issuer: named, jwks_uri: address } = await fetchJson(document);
  // RFC 8414 section 3.3, OpenID Connect Discovery section 4.3.
  if (named !== issuer) throw new Error('the metadata of the other server is that of another issuer');
  if (typeof address !== 'string' || !isAddress(address, allowHttp)) {
    throw new Error('the metadata of the other server names no usable `jwks_uri`');
  }
  return address;
}

/** @throws ConfigurationError for what is no `https:` URL without credentials and fragment */
export function checkedAddress(place: string, address: string, allowHttp: boolean): void {
  if (isAddress(address, allowHttp)) return;
  throw new ConfigurationError(place, 'must be an https URL without credentials and fragment');
}

function isAddress(address: unknown, allowHttp: boolean): boolean {
  if (typeof address !== 'string' || !URL.canParse(address)) return false;
  const { protocol, username, password, hash } = new URL(address);
  return (protocol === 'https:' || (allowHttp && protocol === 'http:')) && username + password + hash === '';
}

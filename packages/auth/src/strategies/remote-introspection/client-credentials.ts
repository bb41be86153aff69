import { randomBytes } from 'node:crypto';
import { ConfigurationError } from '@sallyport/core';
import { SignJWT } from 'jose';
import { clientAssertionType } from '../../assertions/client-assertion.ts';
import type { AsymmetricAlgorithm } from '../../keys/algorithms.ts';
import { importKey, type KeyMaterial } from '../../keys/key-material.ts';
import { isClientId } from '../../lib/text.ts';

/** How this API shows the other server who it is. */
export type IntrospectionCredentials =
  | {
      readonly clientSecret: string;
      /** Where the secret stands: HTTP Basic (default), or the body. */
      readonly secretIn?: 'basic' | 'body';
      readonly privateKey?: never;
    }
  | {
      readonly clientSecret?: never;
      /** Signs an assertion for each question (`private_key_jwt`, RFC 7523). */
      readonly privateKey: KeyMaterial;
      /** Default `RS256`. */
      readonly keyAlgorithm?: AsymmetricAlgorithm;
      /** The `kid` of the assertion's header; the key's thumbprint (RFC 7638) when absent. */
      readonly keyId?: string;
      /** The `aud` of assertions: the other server's issuer, or an endpoint of it; the introspection endpoint when absent. */
      readonly assertionAudience?: string;
    };

/** What goes into a request beside the token. */
export interface SentCredentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
}

const assertionSeconds = 60;

/**
 * Makes the credentials of each request.
 *
 * @throws ConfigurationError that names `place`, for no credentials and for a key that is refused
 */
export function introspectionCredentials(
  place: string,
  clientId: string,
  credentials: IntrospectionCredentials,
  endpoint: string,
): (now: Date) => SentCredentials | Promise<SentCredentials> {
  if (typeof clientId !== 'string' || !isClientId(clientId)) {
    throw new ConfigurationError(`${place}.clientId`, 'must name this API at the other server');
  }
  if (credentials.privateKey !== undefined) return assertions(place, clientId, credentials, endpoint);
  const { clientSecret, secretIn = 'basic' } = credentials;
  if (typeof clientSecret !== 'string' || clientSecret === '') {
    throw new ConfigurationError(`${place}.clientSecret`, 'is needed, or a privateKey');
  }
  const sent: SentCredentials =
    secretIn === 'body'
      ? { headers: {}, fields: { client_id: clientId, client_secret: clientSecret } }
      : { headers: { authorization: basicOf(clientId, clientSecret) }, fields: {} };
  return () => sent;
}

function assertions(
  place: string,
  clientId: string,
  credentials: IntrospectionCredentials & { readonly privateKey: KeyMaterial },
  endpoint: string,
) {
  const { keyAlgorithm = 'RS256', assertionAudience = endpoint } = credentials;
  const { signing, thumbprint } = importKey(credentials.privateKey, keyAlgorithm, `${place}.privateKey`);
  if (signing === undefined) throw new ConfigurationError(`${place}.privateKey`, 'is a public key');
  const kid = credentials.keyId ?? thumbprint;
  return async (now: Date): Promise<SentCredentials> => {
    const iat = Math.floor(now.getTime() / 1000);
    const assertion = await new SignJWT()
      .setProtectedHeader({ alg: keyAlgorithm, kid, typ: 'JWT' })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(assertionAudience)
      .setJti(randomBytes(16).toString('base64url'))
      .setIssuedAt(iat)
      .setExpirationTime(iat + assertionSeconds)
      .sign(signing);
    return {
      headers: {},
      fields: { client_id: clientId, client_assertion_type: clientAssertionType, client_assertion: assertion },
    };
  };
}

/** Both halves form-urlencoded before they are joined (RFC 6749 section 2.3.1, appendix B). */
function basicOf(clientId: string, secret: string): string {
  const encoded = (text: string): string => new URLSearchParams({ _: text }).toString().slice(2);
  return `Basic ${Buffer.from(`${encoded(clientId)}:${encoded(secret)}`).toString('base64')}`;
}

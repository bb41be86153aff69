import { constants, type KeyObject, sign } from 'node:crypto';
import type { JWK } from 'jose';
import type { CallerVerifier } from '../src/index.ts';
import { start } from './calls.ts';
import { type Answerer, json } from './foreign-server.ts';
import { keyPair } from './key-pairs.ts';

export const at = Math.floor(start.getTime() / 1000);
export const audience = 'https://api.example.org';

/** The claims of an access token of a user, but for its issuer. */
export const userClaims = {
  aud: audience,
  sub: 'f5f1-ada',
  azp: 'web-app',
  scope: 'tag:search openid',
  jti: 'token-1',
  iat: at,
  exp: at + 300,
};

export const foreignKey = keyPair('RS256', 'foreign');
export const otherKey = keyPair('RS256', 'other');

/** A member of a JWK Set. */
export function published(jwk: JWK, kid: string, change: Partial<JWK> = {}): JWK {
  return { ...jwk, kid, use: 'sig', alg: 'RS256', ...change };
}

/** Answers the JWK Set of `foreignKey`, which signs unless another key is said. */
export const foreignKeys: Answerer = json({ keys: [published(foreignKey.publicJwk, 'k1')] });

/** Whom a verifier takes a token for, with its scopes; or the kind or the code of the refusal. */
export async function told(verifier: CallerVerifier, token: string, now: Date): Promise<string> {
  try {
    const { caller } = await verifier.verify(token, now);
    return `${caller.kind} ${caller.id} ${[...caller.scopes].join(',')}`;
  } catch (error) {
    const { kind, code } = error as { kind?: string; code?: string };
    return kind ?? code ?? String(error);
  }
}

type Hash = 'sha256' | 'sha384' | 'sha512';

/** Signs any header and any text by hand, also what a library would refuse to sign. */
export function signJwt(
  claims: object | string,
  header: Readonly<Record<string, unknown>> | string = {},
  key: KeyObject = foreignKey.privateKey,
): string {
  const full =
    typeof header === 'string' ? header : JSON.stringify({ alg: 'RS256', typ: 'at+jwt', kid: 'k1', ...header });
  const alg = typeof header === 'string' ? 'RS256' : String(header.alg ?? 'RS256');
  const payload = typeof claims === 'string' ? claims : JSON.stringify(claims);
  const input = `${Buffer.from(full).toString('base64url')}.${Buffer.from(payload).toString('base64url')}`;
  return `${input}.${signatureOf(alg, input, key)}`;
}

function signatureOf(alg: string, input: string, key: KeyObject): string {
  const bits = /^[RPE]S(256|384|512)$/.exec(alg)?.[1];
  const digest = bits === undefined ? null : (`sha${bits}` as Hash);
  const padding = alg.startsWith('PS')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(bits) / 8 }
    : {};
  const ed = key.asymmetricKeyType === 'ed25519';
  const options = { key, ...padding, dsaEncoding: 'ieee-p1363' as const };
  return sign(ed ? null : (digest ?? 'sha256'), Buffer.from(input), options).toString('base64url');
}

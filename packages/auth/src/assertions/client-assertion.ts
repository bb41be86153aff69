import { hash } from 'node:crypto';
import { parseJson, SallyportError } from '@sallyport/core';
import { compactVerify, errors, type JWK } from 'jose';
import type { AsymmetricAlgorithm } from '../keys/algorithms.ts';
import { available } from '../lib/available.ts';
import { isClientId } from '../lib/text.ts';
import { isCanonical, longestJwt } from '../tokens/jwt-encoding.ts';
import { algorithmIn, chooseKey, strangerKey } from './assertion-keys.ts';
import type { UsedAssertions } from './used-assertions.ts';

/** The `client_assertion_type` of RFC 7523 section 2.2. */
export const clientAssertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * The algorithms that assertions may be signed with: what `token_endpoint_auth_signing_alg_values_supported` tells.
 * `Ed25519` and `EdDSA` are two names of one, for keys on that curve (RFC 9864 section 2.2).
 */
export const assertionAlgorithms: readonly (AsymmetricAlgorithm | 'Ed25519')[] = [
  'RS256',
  'PS256',
  'ES256',
  'EdDSA',
  'Ed25519',
];

/** What a client assertion is judged by. */
export interface AssertionRequest {
  /** The parameter `client_assertion`. */
  readonly assertion: string;
  /** The parameter `client_id` where the request has one; it must be the client of the assertion. */
  readonly clientId?: string | undefined;
  /** The public keys (RFC 7517) of a client; `undefined` for one that is unknown or may do nothing. */
  readonly keysOf: (clientId: string) => readonly JWK[] | undefined | Promise<readonly JWK[] | undefined>;
  /** The names of this server: its issuer, and its token endpoint where clients use that. Compared exactly. */
  readonly audience: string | readonly string[];
  readonly now: Date;
  readonly used: UsedAssertions;
  /** Difference of clocks that is forgiven; default 5. */
  readonly clockToleranceSeconds?: number;
}

/** Who has proven to be whom. */
export interface ClientAssertion {
  readonly clientId: string;
  readonly expiresAt: Date;
}

/** Furthest that `exp` may lie ahead, and `iat` behind. */
const mostSeconds = 300;

/** Beyond its end an assertion is remembered this long, for processes whose clock is behind. */
const marginSeconds = 60;

/** `typ` of an assertion (RFC 7515 section 4.1.9); a token of another kind is none (RFC 8725 section 3.11, R40). */
const types = ['jwt', 'client-authentication+jwt'];

/**
 * Verifies a client assertion, `private_key_jwt` (RFC 7523 sections 2.2 and 3, R49): signed by a key of the client with
 * one of {@link assertionAlgorithms}; `iss` and `sub` are the client, `aud` is this server and nobody else, `exp` lies
 * at most five minutes ahead, and the `jti` is used for the first time. An unknown client, a wrong key, a wrong claim
 * and a replay all take the same steps and end the same way, `undefined`.
 *
 * @throws SallyportError `unavailable` when the client's keys or the used assertions cannot be asked
 */
export async function verifyClientAssertion(request: AssertionRequest): Promise<ClientAssertion | undefined> {
  const parts = readParts(request.assertion);
  if (parts === undefined) return undefined;
  const { algorithm, kid, claims } = parts;
  const { iss } = claims;
  const clientId = typeof iss === 'string' && isClientId(iss) ? iss : undefined;
  const keys = clientId === undefined ? undefined : await available(() => request.keysOf(clientId));

  const own = chooseKey(keys ?? [], { algorithm, kid });
  const signed = await isSigned(request.assertion, own ?? strangerKey(algorithm), algorithm);
  const tolerance = request.clockToleranceSeconds ?? 5;
  const expiry = judgeClaims(claims, request, tolerance);
  if (clientId === undefined || own === undefined || !signed || expiry === undefined) return undefined;

  const digest = hash('sha256', `${clientId}\0${String(claims.jti)}`, 'base64url');
  const until = new Date((expiry + tolerance + marginSeconds) * 1000);
  // At the very end: only an assertion that is good in every other way is used up.
  const first = await available(() => request.used.use(digest, until, request.now));
  return first === true ? { clientId, expiresAt: new Date(expiry * 1000) } : undefined;
}

type Members = Readonly<Record<string, unknown>>;

interface Parts {
  readonly algorithm: AsymmetricAlgorithm;
  readonly kid: unknown;
  readonly claims: Members;
}

/** Header and claims of what looks like an assertion; repeated members are refused (RFC 7515 section 4, RFC 7519 section 4). */
function readParts(assertion: string): Parts | undefined {
  if (assertion.length > longestJwt || !isCanonical(assertion)) return undefined;
  const [first = '', second = ''] = assertion.split('.');
  const header = readObject(first);
  const claims = readObject(second);
  if (header === undefined || claims === undefined) return undefined;
  const { alg, typ, kid, crit, b64 } = header;
  const algorithm = algorithmIn(alg);
  if (algorithm === undefined || crit !== undefined || b64 !== undefined || !isType(typ)) return undefined;
  return { algorithm, kid, claims };
}

function readObject(segment: string): Members | undefined {
  try {
    const value = parseJson(Buffer.from(segment, 'base64url'));
    // The parser's objects have no prototype: what is read of them is their own (R46).
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
  } catch (error) {
    if (error instanceof SallyportError) return undefined;
    throw error;
  }
}

function isType(typ: unknown): boolean {
  if (typ === undefined) return true;
  return typeof typ === 'string' && types.includes(typ.toLowerCase().replace(/^application\//, ''));
}

async function isSigned(
  assertion: string,
  { verifying }: { readonly verifying: Parameters<typeof compactVerify>[1] & object },
  algorithm: AsymmetricAlgorithm,
): Promise<boolean> {
  try {
    // The key is bound to the one algorithm; only its name may be the other.
    const algorithms = algorithm === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [algorithm];
    await compactVerify(assertion, verifying, { algorithms });
    return true;
  } catch (error) {
    if (error instanceof errors.JOSEError) return false;
    throw error;
  }
}

/** `exp` of claims that hold; `undefined` when they do not. */
function judgeClaims(claims: Members, request: AssertionRequest, tolerance: number): number | undefined {
  const { iss, sub, aud, exp, iat, nbf, jti } = claims;
  const present = Math.floor(request.now.getTime() / 1000);
  const sound =
    iss === sub &&
    (request.clientId === undefined || request.clientId === iss) &&
    isOurs(aud, [request.audience].flat()) &&
    isTime(exp) &&
    exp > present - tolerance &&
    exp <= present + mostSeconds + tolerance &&
    (iat === undefined ||
      (isTime(iat) && iat <= present + tolerance && iat >= present - mostSeconds - tolerance && iat < exp)) &&
    (nbf === undefined || (isTime(nbf) && nbf <= present + tolerance)) &&
    typeof jti === 'string' &&
    jti !== '' &&
    jti.length <= 256;
  return sound ? exp : undefined;
}

/** An assertion that is meant for somebody else too could be used by that somebody (RFC 7523 section 3, item 3). */
function isOurs(aud: unknown, audience: readonly string[]): boolean {
  const named: unknown[] = Array.isArray(aud) ? aud : [aud];
  return named.length > 0 && named.every((one) => typeof one === 'string' && audience.includes(one));
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= 8_000_000_000_000;
}

import { hash, randomBytes, type webcrypto } from 'node:crypto';
import { ClockService, ConfigurationError, checkAtStart } from '@sallyport/core';
import { errors, type JWSHeaderParameters, jwtVerify, SignJWT } from 'jose';
import { changesOf, publishTo } from '../changes/change-feed.ts';
import { clientAt } from '../clients/client-at.ts';
import { currentClients } from '../clients/current-clients.ts';
import { heldScopes } from '../clients/held-scopes.ts';
import type { JwtAlgorithm } from '../keys/algorithms.ts';
import { type BoundKey, type KeyRing, signingKey, verifyingKey } from '../keys/key-ring.ts';
import type { KeySet } from '../keys/key-set.ts';
import { available } from '../lib/available.ts';
import { BoundedCache } from '../lib/bounded-cache.ts';
import { givenChoice, givenText, givenTexts, refuseUndefined } from '../lib/given.ts';
import { inRange } from '../lib/range.ts';
import { BearerFault } from '../strategies/bearer-fault.ts';
import { currentRevocations } from './current-revocations.ts';
import { type ClaimRules, type JwtFacts, readClaims, tellClaims } from './jwt-claims.ts';
import { isCanonical, longestJwt } from './jwt-encoding.ts';
import { hintsOf } from './jwt-hints.ts';
import { jwtKeySet } from './jwt-keys.ts';
import { type AsymmetricJwtTokenOptions, accessTokenClaims, type JwtTokenOptions } from './jwt-options.ts';
import { createMemoryRevocations } from './revocation.ts';
import {
  admit,
  clientsOf,
  defineTokenKind,
  grantee,
  lifetimeOf,
  type TokenKind,
  type TokenService,
  type TokenSetup,
  type VerifiedToken,
} from './token.ts';

/** A kind of JWT, and the keys it works with: `jwksEndpoint` publishes the public ones. */
export interface JwtTokenKind extends TokenKind {
  readonly algorithm: JwtAlgorithm;
  /** Its keys in one API; the same set each time. @throws ConfigurationError */
  keys(setup: TokenSetup): KeySet;
}

/**
 * Signed access tokens (RFC 7519, 9068, 8725), by HMAC or by a private key whose public half others may know. A token's
 * own proof is done once and remembered; its revocation, its key and its client are asked at each use. See
 * {@link JwtTokenOptions} for every choice.
 *
 * @throws ConfigurationError from `connect` when an option is out of range, or the key missing, weak or of a wrong type.
 */
export function jwtTokens(options: JwtTokenOptions | AsymmetricJwtTokenOptions): JwtTokenKind {
  const sets = new WeakMap<object, KeySet>();
  const keys = (setup: TokenSetup): KeySet => {
    const set = sets.get(setup.services) ?? jwtKeySet(options, setup, 'jwtTokens');
    sets.set(setup.services, set);
    return set;
  };
  const kind = defineTokenKind('jwt', (setup) => buildJwt(options, setup, keys));
  return { ...kind, algorithm: options.algorithm, keys };
}

/** How much longer than a token its revocation is remembered: the clocks of processes differ. */
const clockMarginMs = 60_000;

/** What is remembered of a token that proved itself, and the key that it did so with. */
interface Proven {
  readonly facts: JwtFacts;
  readonly kid: string | undefined;
  readonly key: webcrypto.CryptoKey;
}

function buildJwt(
  options: JwtTokenOptions | AsymmetricJwtTokenOptions,
  setup: TokenSetup,
  keySetOf: (setup: TokenSetup) => KeySet,
): TokenService {
  const path = 'jwtTokens';
  const { services } = setup;
  const { algorithm } = options;
  refuseUndefined(path, options, ['audience']);
  const issuer = givenText(`${path}.issuer`, options.issuer);
  const audience = givenText(`${path}.audience`, options.audience ?? setup.api.name);
  const most = inRange(`${path}.maxLifetimeSeconds`, options.maxLifetimeSeconds ?? 3600, 1, 31_536_000);
  const usual = inRange(`${path}.lifetimeSeconds`, options.lifetimeSeconds ?? 600, 1, most);
  const typ = givenChoice(`${path}.typ`, options.typ ?? 'at+jwt', ['at+jwt', 'JWT']);
  const admission = { audience, scopesFrom: options.scopesFrom ?? 'token', holds: heldScopes(setup.services) };
  const algorithms = namesOf(algorithm);
  const rules: ClaimRules = {
    required: givenTexts(`${path}.requireClaims`, options.requireClaims ?? accessTokenClaims),
    scopeClaim: options.scopeClaim ?? 'scope',
    epoch: options.epoch ?? true,
    maxLifetimeSeconds: most,
    clockToleranceSeconds: inRange(`${path}.clockToleranceSeconds`, options.clockToleranceSeconds ?? 5, 0, 30),
  };
  const keys = keySetOf(setup);
  const fixed = typeof options.key === 'function' ? undefined : fixedRing(keys);
  const changes = changesOf(setup);
  const clients = currentClients(clientsOf(setup, options.clients), options.clientCacheSeconds, path, changes);
  const revocations = options.revocations ?? createMemoryRevocations();
  checkAtStart(setup.services, () => revocations);
  const mostTokens = options.cacheSize ?? 10_000;
  const current = currentRevocations(revocations, changes, mostTokens);
  const cache = new BoundedCache<Proven>(mostTokens);

  /** Everything that the token itself can prove, at its own time where that is another. */
  const prove = async (token: string, now: Date, at = now): Promise<Proven> => {
    const ring = await keys.at(now);
    if (!isCanonical(token)) throw new BearerFault('token_invalid');
    let used: BoundKey | undefined;
    const choose = (header: JWSHeaderParameters) => {
      used = keyFor(header, ring, typ, now);
      return used.verifying;
    };
    try {
      const { payload, key } = await jwtVerify(token, choose, {
        algorithms,
        issuer,
        audience,
        clockTolerance: rules.clockToleranceSeconds,
        currentDate: at,
        requiredClaims: ['exp'],
      });
      return { facts: readClaims(payload, rules, at), kid: used?.kid, key };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new BearerFault('token_expired', error);
      if (error instanceof errors.JOSEError) throw new BearerFault('token_invalid', error);
      throw error;
    }
  };

  const admitFacts = (facts: JwtFacts, now: Date): VerifiedToken | Promise<VerifiedToken> => {
    if (facts.expiresAt <= now) throw new BearerFault('token_expired');
    const client = clients.find(facts.clientId, now);
    if (!(client instanceof Promise)) return admit(facts, client, now, admission);
    return client.then((one) => admit(facts, one, now, admission));
  };

  const judge = (facts: JwtFacts, now: Date): VerifiedToken | Promise<VerifiedToken> => {
    const revoked = facts.jti === undefined ? false : current.isRevoked(facts.jti, now);
    if (revoked === true) throw new BearerFault('token_invalid');
    if (revoked === false) return admitFacts(facts, now);
    return revoked.then((one) => {
      if (one) throw new BearerFault('token_invalid');
      return admitFacts(facts, now);
    });
  };

  /** A key that was taken out of the list, or has retired for good, takes the tokens that are remembered with it. */
  const judgeAgain = ({ facts, kid, key }: Proven, ring: KeyRing, now: Date) => {
    if (verifyingKey(ring, kid, now)?.verifying !== key) throw new BearerFault('token_invalid');
    return judge(facts, now);
  };

  /** What the token proves now, or will when its time comes; `undefined`: nothing, ever. */
  const factsOf = async (token: string, now: Date): Promise<JwtFacts | undefined> => {
    try {
      return (await prove(token, now, timeOf(token, now))).facts;
    } catch (error) {
      if (error instanceof BearerFault && error.kind !== 'key_unusable') return undefined;
      throw error;
    }
  };

  return {
    issuer,
    recognises(token) {
      if (token.length > longestJwt) return false;
      const hints = hintsOf(token);
      // What cannot be read is nobody's, and is refused by whoever is asked.
      if (hints === undefined) return token.split('.', 4).length === 3;
      if (hints.iss !== issuer && (hints.iss !== undefined || rules.required.includes('iss'))) return false;
      if (!algorithms.some((name) => name === hints.alg)) return false;
      const { kid } = hints;
      return fixed === undefined || ((kid === undefined || typeof kid === 'string') && fixed.byId.has(kid));
    },
    clientHere: (client) => clientAt(client, audience),
    assertCanIssue() {
      if (options.whenKeyUnusable === 'fail-calls') return;
      const now = services.has(ClockService) ? services.resolve(ClockService).now() : new Date();
      const ring = keys.at(now);
      if (ring instanceof Promise) {
        // The first call hears of it.
        ring.catch(() => {});
      } else if (signingKey(ring, now) === undefined) {
        throw new ConfigurationError(`${path}.key`, 'there is no key that signs at this time, as public ones cannot');
      }
    },
    async issue({ client, scopes, now }) {
      const signing = signingKey(await keys.at(now), now);
      if (signing === undefined) throw new BearerFault('key_unusable', new Error('no key signs at this time'));
      const expiresInSeconds = lifetimeOf(grantee(client, audience), usual, most);
      const iat = Math.floor(now.getTime() / 1000);
      const claims = {
        client_id: client.clientId,
        ...(rules.scopeClaim === 'scopes' ? { scopes } : { scope: scopes.join(' ') }),
        ...(rules.epoch ? { epoch: client.epoch } : {}),
      };
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, typ, ...(signing.kid === undefined ? {} : { kid: signing.kid }) })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(client.clientId)
        .setJti(randomBytes(16).toString('base64url'))
        .setIssuedAt(iat)
        .setExpirationTime(iat + expiresInSeconds)
        .sign(signing.signing);
      return { token, expiresInSeconds };
    },
    verify(token, now) {
      if (token.length > longestJwt) throw new BearerFault('token_invalid');
      const digest = hash('sha256', token, 'base64url');
      const known = cache.get(digest);
      if (known === undefined) {
        return prove(token, now).then((proven) => {
          cache.set(digest, proven);
          return judge(proven.facts, now);
        });
      }
      const ring = keys.at(now);
      return ring instanceof Promise ? ring.then((one) => judgeAgain(known, one, now)) : judgeAgain(known, ring, now);
    },
    describe: (token) => tellClaims(token),
    async ownerOf(token, now) {
      const facts = token.length > longestJwt ? undefined : await factsOf(token, now);
      if (facts === undefined) return undefined;
      const revoked = facts.jti !== undefined && (await available(() => revocations.isRevoked(facts.jti ?? '', now)));
      return revoked ? undefined : facts.clientId;
    },
    async revoke(token, now) {
      const facts = token.length > longestJwt ? undefined : await factsOf(token, now);
      if (facts?.jti === undefined) return;
      const { jti } = facts;
      const until = new Date(facts.expiresAt.getTime() + clockMarginMs);
      await available(() => revocations.revoke(jti, until, now));
      await publishTo(changes, { kind: 'jti', jti });
    },
  };
}

/** The keys that never change; `undefined` where they were refused, and each call is to say so. */
function fixedRing(keys: KeySet): KeyRing | undefined {
  try {
    const ring = keys.at(new Date(0));
    return ring instanceof Promise ? undefined : ring;
  } catch {
    return undefined;
  }
}

/** `EdDSA` with an Ed25519 key has a name of its own since RFC 9864 (section 2.2): two names of one algorithm. */
function namesOf(algorithm: JwtAlgorithm): string[] {
  return algorithm === 'EdDSA' ? ['EdDSA', 'Ed25519'] : [algorithm];
}

/** Now, or when a token that is not valid yet (RFC 7519 section 4.1.5) begins to be. Nothing is proven by it. */
function timeOf(token: string, now: Date): Date {
  const nbf = hintsOf(token)?.nbf;
  const starts = typeof nbf === 'number' && Number.isSafeInteger(nbf) ? new Date(nbf * 1000) : now;
  return starts > now ? starts : now;
}

/**
 * The key that the header asks for. Key material in the header (`jku`, `jwk`, `x5u`, `x5c`) is never read (R39);
 * extensions are refused, as none is understood (RFC 7515 section 4.1.11, R38).
 */
function keyFor(header: JWSHeaderParameters, ring: KeyRing, typ: 'at+jwt' | 'JWT', now: Date): BoundKey {
  const own = (name: keyof JWSHeaderParameters): unknown => (Object.hasOwn(header, name) ? header[name] : undefined);
  if (own('crit') !== undefined || own('b64') !== undefined) throw new BearerFault('token_invalid');
  if (!isType(own('typ'), typ)) throw new BearerFault('token_invalid');
  const kid = own('kid');
  const key = kid === undefined || typeof kid === 'string' ? verifyingKey(ring, kid, now) : undefined;
  if (key === undefined) throw new BearerFault('token_invalid');
  return key;
}

/** `typ` in any case and with or without `application/` (RFC 7515 section 4.1.9). */
function isType(value: unknown, typ: 'at+jwt' | 'JWT'): boolean {
  if (value === undefined) return typ === 'JWT';
  return typeof value === 'string' && value.toLowerCase().replace(/^application\//, '') === typ.toLowerCase();
}

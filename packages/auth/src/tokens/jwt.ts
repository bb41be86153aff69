import { hash, randomBytes } from 'node:crypto';
import { ConfigurationError } from '@sallyport/core';
import { errors, type JWSHeaderParameters, jwtVerify, SignJWT } from 'jose';
import { currentClients } from '../clients/current-clients.ts';
import { available } from '../lib/available.ts';
import { BoundedCache } from '../lib/bounded-cache.ts';
import { BearerFault } from '../strategies/bearer-fault.ts';
import { type ClaimRules, type JwtFacts, readClaims } from './jwt-claims.ts';
import { type KeyRing, keyRing } from './jwt-keys.ts';
import { accessTokenClaims, type JwtTokenOptions } from './jwt-options.ts';
import { createMemoryRevocations } from './revocation.ts';
import {
  admit,
  clientsOf,
  defineTokenKind,
  lifetimeOf,
  type TokenKind,
  type TokenService,
  type TokenSetup,
  type VerifiedToken,
} from './token.ts';

/**
 * Signed access tokens (RFC 7519, 9068, 8725) by HMAC. A token's own proof is done once and remembered; its revocation
 * and its client are asked at each use. See {@link JwtTokenOptions} for every choice.
 *
 * @throws ConfigurationError from `connect` when an option is out of range, or the key missing or weak.
 */
export function jwtTokens(options: JwtTokenOptions): TokenKind {
  return defineTokenKind('jwt', (setup) => buildJwt(options, setup));
}

/** Longest token that is looked at (R45). */
const longestToken = 8192;

function buildJwt(options: JwtTokenOptions, setup: TokenSetup): TokenService {
  const path = 'jwtTokens';
  const { algorithm, issuer } = options;
  const audience = options.audience ?? setup.api.name;
  if (issuer === '' || audience === '') throw new ConfigurationError(path, 'issuer and audience must not be empty');
  const most = range(`${path}.maxLifetimeSeconds`, options.maxLifetimeSeconds ?? 3600, 1, 31_536_000);
  const usual = range(`${path}.lifetimeSeconds`, options.lifetimeSeconds ?? 600, 1, most);
  const typ = options.typ ?? 'at+jwt';
  const scopesFrom = options.scopesFrom ?? 'token';
  const rules: ClaimRules = {
    required: options.requireClaims ?? accessTokenClaims,
    scopeClaim: options.scopeClaim ?? 'scope',
    epoch: options.epoch ?? true,
    maxLifetimeSeconds: most,
    clockToleranceSeconds: range(`${path}.clockToleranceSeconds`, options.clockToleranceSeconds ?? 5, 0, 30),
  };
  const keys = keyRing(options);
  const clients = currentClients(clientsOf(setup, options.clients), options.clientCacheSeconds ?? 0, path);
  const revocations = options.revocations ?? createMemoryRevocations();
  const cache = new BoundedCache<JwtFacts>(options.cacheSize ?? 10_000);

  /** Everything that the token itself can prove. */
  const prove = async (token: string, now: Date): Promise<JwtFacts> => {
    const ring = await keys();
    if (!isCanonical(token)) throw new BearerFault('token_invalid');
    try {
      const { payload } = await jwtVerify(token, (header) => keyFor(header, ring, typ), {
        algorithms: [algorithm],
        issuer,
        audience,
        clockTolerance: rules.clockToleranceSeconds,
        currentDate: now,
        requiredClaims: ['exp'],
      });
      return readClaims(payload, rules, now);
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new BearerFault('token_expired', error);
      if (error instanceof errors.JOSEError) throw new BearerFault('token_invalid', error);
      throw error;
    }
  };

  const admitFacts = (facts: JwtFacts, now: Date): VerifiedToken | Promise<VerifiedToken> => {
    if (facts.expiresAt <= now) throw new BearerFault('token_expired');
    const client = clients.find(facts.clientId, now);
    if (!(client instanceof Promise)) return admit(facts, client, now, scopesFrom);
    return client.then((one) => admit(facts, one, now, scopesFrom));
  };

  const judge = (facts: JwtFacts, now: Date): VerifiedToken | Promise<VerifiedToken> => {
    const revoked = facts.jti === undefined ? false : isRevoked(facts.jti, now);
    if (revoked === true) throw new BearerFault('token_invalid');
    if (revoked === false) return admitFacts(facts, now);
    return revoked.then((one) => {
      if (one) throw new BearerFault('token_invalid');
      return admitFacts(facts, now);
    });
  };

  const isRevoked = (jti: string, now: Date): boolean | Promise<boolean> => {
    const answer = revocations.isRevoked(jti, now);
    return typeof answer === 'boolean' ? answer : available(() => answer);
  };

  return {
    recognises: (token) => token.split('.', 4).length === 3,
    async issue({ client, scopes, now }) {
      const { signing } = await keys();
      const expiresInSeconds = lifetimeOf(client, usual, most);
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
        .sign(signing.key);
      return { token, expiresInSeconds };
    },
    verify(token, now) {
      if (token.length > longestToken) throw new BearerFault('token_invalid');
      const key = hash('sha256', token, 'base64url');
      const known = cache.get(key);
      if (known !== undefined) return judge(known, now);
      return prove(token, now).then((facts) => {
        cache.set(key, facts);
        return judge(facts, now);
      });
    },
    async revoke(token, now) {
      let facts: JwtFacts;
      try {
        facts = await prove(token, now);
      } catch (error) {
        if (error instanceof BearerFault && error.kind !== 'key_unusable') return;
        throw error;
      }
      const { jti, expiresAt } = facts;
      if (jti !== undefined) await available(() => revocations.revoke(jti, expiresAt, now));
    },
  };
}

/**
 * The key that the header asks for. Key material in the header (`jku`, `jwk`, `x5u`, `x5c`) is never read (R39);
 * extensions are refused, as none is understood (RFC 7515 section 4.1.11, R38).
 */
function keyFor(header: JWSHeaderParameters, ring: KeyRing, typ: 'at+jwt' | 'JWT') {
  const own = (name: keyof JWSHeaderParameters): unknown => (Object.hasOwn(header, name) ? header[name] : undefined);
  if (own('crit') !== undefined || own('b64') !== undefined) throw new BearerFault('token_invalid');
  if (!isType(own('typ'), typ)) throw new BearerFault('token_invalid');
  const kid = own('kid');
  const key = kid === undefined || typeof kid === 'string' ? ring.byId.get(kid) : undefined;
  if (key === undefined) throw new BearerFault('token_invalid');
  return key;
}

/** `typ` in any case and with or without `application/` (RFC 7515 section 4.1.9). */
function isType(value: unknown, typ: 'at+jwt' | 'JWT'): boolean {
  if (value === undefined) return typ === 'JWT';
  return typeof value === 'string' && value.toLowerCase().replace(/^application\//, '') === typ.toLowerCase();
}

/**
 * Whether the three segments are base64url as an encoder writes it. Otherwise one token has many spellings: the last
 * character of a signature has bits that no decoder looks at (R43).
 */
function isCanonical(token: string): boolean {
  const segments = token.split('.', 4);
  return (
    segments.length === 3 &&
    segments.every((part) => part !== '' && Buffer.from(part, 'base64url').toString('base64url') === part)
  );
}

function range(path: string, value: number, least: number, most: number): number {
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw new ConfigurationError(path, `must be from ${least} to ${most}`);
}

import { hash } from 'node:crypto';
import { ConfigurationError, LoggerService } from '@sallyport/core';
import { compactVerify, errors } from 'jose';
import { available } from '../../lib/available.ts';
import { BoundedCache } from '../../lib/bounded-cache.ts';
import { createFetchJson, type FetchOptions } from '../../lib/fetch-json.ts';
import { givenChoice, givenText, givenTexts } from '../../lib/given.ts';
import { inRange } from '../../lib/range.ts';
import { longestJwt } from '../../tokens/jwt-encoding.ts';
import { hintsOf } from '../../tokens/jwt-hints.ts';
import type { TokenSetup } from '../../tokens/token.ts';
import { refusedFor } from '../bearer-fault.ts';
import { type ForeignCallerOptions, foreignCallers } from '../foreign/foreign-caller.ts';
import {
  type Caller,
  type CallerVerifier,
  defineForeignTokenKind,
  type ForeignTokenKind,
  type VerifiedCaller,
} from '../verified-caller.ts';
import { claimJudge, type JudgedClaims } from './judge-claims.ts';
import { type ForeignKeyPlace, keySource } from './key-source.ts';
import { type ForeignAlgorithm, foreignAlgorithms, type RemoteKey } from './remote-key.ts';
import { remoteKeys } from './remote-keys.ts';
import { readForeignJwt } from './token-parts.ts';

/** A token of another server whose own proof is done, as {@link ForeignJwtRules.revoked} sees it. */
export interface ProvenToken {
  readonly caller: Caller;
  /** Absent where tokens of that server have none. */
  readonly jti: string | undefined;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

interface ForeignJwtRules extends ForeignCallerOptions, FetchOptions {
  /** `iss`, compared byte by byte. */
  readonly issuer: string;
  /** `aud`: the name of this API at the other server, compared exactly; of several a token must have one. */
  readonly audience: string | readonly string[];
  /** The algorithms of the other server, all of one family (RFC 8725 section 3.1); default `RS256`. */
  readonly algorithms?: readonly ForeignAlgorithm[];
  /** The `typ` of the header: `at+jwt` (RFC 9068, default); `JWT`, which a token may leave out, for Keycloak, Auth0 and Entra. */
  readonly typ?: 'at+jwt' | 'JWT';
  /** Claims without which a token is refused, besides `iss`, `aud`, `exp` and `iat`; default `sub`. */
  readonly requireClaims?: readonly string[];
  /** No token may live longer from `iat` to `exp`; 60 to 86 400, default 3600 (R42). */
  readonly maxLifetimeSeconds?: number;
  /** Difference of clocks that is forgiven, at most 30 (R42); default 5. */
  readonly clockToleranceSeconds?: number;
  /** How long the keys are taken as they are, 60 to 86 400; default 600. */
  readonly keyCacheSeconds?: number;
  /** The server is not asked again for so long, whatever keys tokens name; 1 to 3600, default 30. */
  readonly keyCooldownSeconds?: number;
  /** How long the last keys serve on while the server does not answer, at most a day; default 3600. */
  readonly keyStaleSeconds?: number;
  /** How many verified tokens are remembered; default 10 000, 0 for none. */
  readonly cacheSize?: number;
  /** Asked at each use whether the token, or its caller, is refused here. A function that rejects is answered 503. */
  readonly revoked?: (token: ProvenToken, now: Date) => boolean | Promise<boolean>;
  /** Names it in errors of configuration and in the log; default `foreignJwt`. */
  readonly name?: string;
}

/** Options of {@link foreignJwt}. */
export type ForeignJwtOptions = ForeignJwtRules & ForeignKeyPlace;

/**
 * Access tokens that another server signs: Keycloak, Auth0, Entra (RFC 9068, RFC 8725). Its public keys are fetched from
 * an address that is configured or discovered; a token's own proof is done once and remembered for as long as its key
 * stands. Stands in one `bearer` beside kinds of our own: a token is judged by the verifier of the issuer that it names,
 * and by no other.
 *
 * @throws ConfigurationError for options out of range, from `connect` for keys at no `https:` address
 * @see docs/guides/foreign-jwt.md
 */
export function foreignJwt(options: ForeignJwtOptions): ForeignTokenKind {
  const name = options.name ?? 'foreignJwt';
  return defineForeignTokenKind(name, (setup) => buildForeignJwt(name, options, setup));
}

/** What is remembered of a token that proved itself. */
interface Proven {
  readonly token: ProvenToken;
  readonly kid: string | undefined;
  readonly key: RemoteKey;
  readonly until: number;
  readonly verified: VerifiedCaller;
}

function buildForeignJwt(place: string, options: ForeignJwtOptions, setup: TokenSetup): CallerVerifier {
  const { allowHttp = false, revoked } = options;
  const issuer = givenText(`${place}.issuer`, options.issuer);
  const typ = givenChoice(`${place}.typ`, options.typ ?? 'at+jwt', ['at+jwt', 'JWT']);
  const algorithms = checkedAlgorithms(`${place}.algorithms`, options.algorithms ?? ['RS256']);
  const callers = foreignCallers(place, options, setup.services);
  const judge = claimJudge(place, options);
  const load = keySource(place, issuer, options, createFetchJson(place, options), allowHttp);
  const rules = {
    cacheSeconds: inRange(`${place}.keyCacheSeconds`, options.keyCacheSeconds ?? 600, 60, 86_400),
    cooldownSeconds: inRange(`${place}.keyCooldownSeconds`, options.keyCooldownSeconds ?? 30, 1, 3600),
    staleSeconds: inRange(`${place}.keyStaleSeconds`, options.keyStaleSeconds ?? 3600, 0, 86_400),
  };
  const log = setup.services.has(LoggerService) ? setup.services.resolve(LoggerService) : undefined;
  const keys = remoteKeys(load, algorithms, rules, log);
  const cache = new BoundedCache<Proven>(inRange(`${place}.cacheSize`, options.cacheSize ?? 10_000, 0, 1_000_000));

  const prove = async (token: string, now: Date): Promise<Proven> => {
    const parts = readForeignJwt(token, algorithms, typ);
    // Before any key is asked for: what is not for us is no reason to ask.
    const claims = judge(parts.claims, now);
    const key = await keys.find(parts.kid, now);
    const bound = key?.byAlgorithm.get(parts.algorithm);
    if (key === undefined) throw refusedFor('key_unknown');
    if (bound === undefined) throw refusedFor('algorithm');
    try {
      await compactVerify(token, bound, { algorithms: [parts.algorithm] });
    } catch (error) {
      if (error instanceof errors.JOSEError) throw refusedFor('signature', error);
      throw error;
    }
    if (claims.until <= now.getTime()) throw refusedFor('expired');
    return { ...remembered(callers.callerOf(parts.claims), claims), kid: parts.kid, key };
  };

  const admit = (proven: Proven, now: Date): VerifiedCaller | Promise<VerifiedCaller> => {
    if (proven.until <= now.getTime()) throw refusedFor('expired');
    if (revoked === undefined) return proven.verified;
    return available(() => revoked(proven.token, now)).then((is) => {
      if (is !== false) throw refusedFor('revoked');
      return proven.verified;
    });
  };

  /** A key that the other server has withdrawn takes the tokens that are remembered with it. */
  const admitAgain = (proven: Proven, key: RemoteKey | undefined, now: Date) => {
    if (key !== proven.key) throw refusedFor('key_unknown');
    return admit(proven, now);
  };

  return {
    name: place,
    knows: 'issuer',
    issuer,
    idsApart: callers.idsApart,
    recognises: (token) => token.length <= longestJwt && hintsOf(token)?.iss === issuer,
    verify(token, now) {
      const digest = hash('sha256', token, 'base64url');
      const known = cache.get(digest);
      if (known === undefined) {
        return prove(token, now).then((proven) => {
          cache.set(digest, proven);
          return admit(proven, now);
        });
      }
      const key = keys.find(known.kid, now);
      return key instanceof Promise ? key.then((one) => admitAgain(known, one, now)) : admitAgain(known, key, now);
    },
  };
}

function remembered(caller: Caller, { jti, issuedAt, until }: JudgedClaims): Omit<Proven, 'kid' | 'key'> {
  const expiresAt = new Date(until);
  return {
    token: Object.freeze({ caller, jti, issuedAt, expiresAt }),
    until,
    verified: Object.freeze({ caller, expiresAt }),
  };
}

function checkedAlgorithms(place: string, algorithms: readonly ForeignAlgorithm[]): readonly ForeignAlgorithm[] {
  const unknown = givenTexts(place, algorithms).filter((algorithm) => !Object.hasOwn(foreignAlgorithms, algorithm));
  if (algorithms.length === 0 || unknown.length > 0) {
    throw new ConfigurationError(place, `must be some of ${Object.keys(foreignAlgorithms).join(', ')}`);
  }
  const families = new Set(algorithms.map((algorithm) => foreignAlgorithms[algorithm].family));
  if (families.size > 1) throw new ConfigurationError(place, 'must be of one family: RS, PS, ES or Ed25519');
  return algorithms;
}

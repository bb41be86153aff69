import { hash } from 'node:crypto';
import { ConfigurationError, SallyportError } from '@sallyport/core';
import { BoundedCache } from '../../lib/bounded-cache.ts';
import { createFetchJson, type FetchOptions } from '../../lib/fetch-json.ts';
import { givenText, refuseUndefined } from '../../lib/given.ts';
import { inRange } from '../../lib/range.ts';
import { createSemaphore } from '../../lib/semaphore.ts';
import { hintsOf } from '../../tokens/jwt-hints.ts';
import type { TokenSetup } from '../../tokens/token.ts';
import { BearerFault, type RefusalReason, refusedFor } from '../bearer-fault.ts';
import { audiencesOf } from '../foreign/claims-check.ts';
import { type ForeignCallerOptions, type ForeignClaims, foreignCallers } from '../foreign/foreign-caller.ts';
import { checkedAddress } from '../foreign-jwt/key-source.ts';
import {
  type CallerVerifier,
  defineForeignTokenKind,
  type ForeignTokenKind,
  type VerifiedCaller,
} from '../verified-caller.ts';
import { type IntrospectionCredentials, introspectionCredentials } from './client-credentials.ts';
import { judgeAnswer } from './judge-answer.ts';

interface RemoteIntrospectionRules extends ForeignCallerOptions, FetchOptions {
  /** Address of the other server's introspection endpoint. */
  readonly endpoint: string;
  /** The id of this API at the other server. */
  readonly clientId: string;
  /**
   * The name of this API at the other server, one of which an answer's `aud` must have. `false` where that server names
   * no audiences: then a token for anybody's API is good for this one.
   */
  readonly audience: string | readonly string[] | false;
  /** The `iss` of answers, compared byte by byte where there is one; JWTs that name it are asked for before all others. */
  readonly issuer?: string;
  /** What the tokens of that server begin with (`ory_at_`); without it every token is asked for that no other kind knows. */
  readonly tokenPrefix?: string;
  /** How long an active token is remembered, 0 to 60, and never longer than it lives; default 30. */
  readonly cacheSeconds?: number;
  /** The same for one that is not active; 0 to 60, default 5. */
  readonly negativeCacheSeconds?: number;
  /** How many tokens of either are remembered; default 10 000. */
  readonly cacheSize?: number;
  /** How many questions are under way at once, 1 to 1000; default 32. Ten times as many wait, what comes after is answered 503. */
  readonly concurrency?: number;
  /** Difference of clocks that is forgiven for `iat` and `nbf`, at most 30; default 5. */
  readonly clockToleranceSeconds?: number;
  /** Names it in errors of configuration and in the log; default `remoteIntrospection`. */
  readonly name?: string;
}

/** Options of {@link remoteIntrospection}. */
export type RemoteIntrospectionOptions = RemoteIntrospectionRules & IntrospectionCredentials;

/**
 * Tokens of another server that only that server can judge: it is asked whether they are active (RFC 7662). What it
 * answers is remembered for some seconds, for which a revocation there is not seen here. A server that does not answer
 * makes calls fail with 503.
 *
 * @throws ConfigurationError from `connect` for options out of range, and for an endpoint at no `https:` address
 * @see docs/guides/remote-introspection.md
 */
export function remoteIntrospection(options: RemoteIntrospectionOptions): ForeignTokenKind {
  const name = options.name ?? 'remoteIntrospection';
  return defineForeignTokenKind(name, (setup) => buildRemoteIntrospection(name, options, setup));
}

/** A token that is not good here, and for how long that is believed. */
interface Dead {
  readonly from: number;
  readonly until: number;
  readonly reason: RefusalReason | undefined;
}

/** A token that was active, and for how long that is believed. */
interface Active {
  readonly verified: VerifiedCaller;
  readonly from: number;
  readonly until: number;
}

/** Most characters of a token that is sent on (R45). */
const longestToken = 8192;

function buildRemoteIntrospection(
  place: string,
  options: RemoteIntrospectionOptions,
  setup: TokenSetup,
): CallerVerifier {
  const { endpoint, issuer, tokenPrefix } = options;
  // Without them every token that no other kind knows is sent to that server.
  refuseUndefined(place, options, ['issuer', 'tokenPrefix']);
  if (issuer !== undefined) givenText(`${place}.issuer`, issuer);
  checkedAddress(`${place}.endpoint`, endpoint, options.allowHttp ?? false);
  const credentials = introspectionCredentials(place, options.clientId, options, endpoint);
  const callers = foreignCallers(place, options, setup.services);
  const fetchJson = createFetchJson(place, options);
  const rules = {
    issuer,
    audiences:
      options.audience === false
        ? undefined
        : audiencesOf(`${place}.audience`, options.audience, 'must name this API, or be false'),
    clockToleranceSeconds: inRange(`${place}.clockToleranceSeconds`, options.clockToleranceSeconds ?? 5, 0, 30),
  };
  const activeMs = 1000 * inRange(`${place}.cacheSeconds`, options.cacheSeconds ?? 30, 0, 60);
  const deadMs = 1000 * inRange(`${place}.negativeCacheSeconds`, options.negativeCacheSeconds ?? 5, 0, 60);
  const size = inRange(`${place}.cacheSize`, options.cacheSize ?? 10_000, 0, 1_000_000);
  const concurrency = inRange(`${place}.concurrency`, options.concurrency ?? 32, 1, 1000);
  const semaphore = createSemaphore(concurrency, concurrency * 10);
  // Apart from each other: anybody can make up tokens that are dead.
  const active = new BoundedCache<Active>(activeMs === 0 ? 0 : size);
  const dead = new BoundedCache<Dead>(deadMs === 0 ? 0 : size);
  const flights = new Map<string, Promise<VerifiedCaller>>();

  const askServer = async (token: string, now: Date): Promise<ForeignClaims> => {
    try {
      const { headers, fields } = await credentials(now);
      const body = new URLSearchParams({ token, token_type_hint: 'access_token', ...fields }).toString();
      return await fetchJson(endpoint, {
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body,
      });
    } catch (cause) {
      throw new SallyportError('unavailable', { cause, headers: { 'Retry-After': '5' } });
    }
  };

  const ask = async (token: string, digest: string, now: Date): Promise<VerifiedCaller> => {
    const from = now.getTime();
    const answer = await semaphore.run(() => askServer(token, now));
    try {
      const expires = judgeAnswer(answer, rules, now) ?? Number.POSITIVE_INFINITY;
      const until = Math.min(from + activeMs, expires);
      const caller = callers.callerOf(answer);
      const expiresAt = new Date(Number.isFinite(expires) ? expires : until);
      const verified = Object.freeze({ caller, expiresAt });
      active.set(digest, { verified, from, until });
      return verified;
    } catch (fault) {
      if (fault instanceof BearerFault) dead.set(digest, { from, until: from + deadMs, reason: fault.reason });
      throw fault;
    }
  };

  return {
    name: place,
    knows: issuer !== undefined ? 'issuer' : tokenPrefix !== undefined ? 'shape' : 'rest',
    ...(issuer === undefined ? {} : { issuer }),
    idsApart: callers.idsApart,
    recognises: recogniser(place, issuer, tokenPrefix),
    verify(token, now) {
      if (token.length > longestToken) throw refusedFor('malformed');
      const time = now.getTime();
      const digest = hash('sha256', token, 'base64url');
      const known = active.get(digest);
      if (known !== undefined && isWithin(known, time)) return known.verified;
      const refused = dead.get(digest);
      if (refused !== undefined && isWithin(refused, time)) {
        throw new BearerFault('token_invalid', undefined, refused.reason);
      }
      const flight = flights.get(digest) ?? ask(token, digest, now).finally(() => flights.delete(digest));
      flights.set(digest, flight);
      return flight;
    },
  };
}

function isWithin({ from, until }: { readonly from: number; readonly until: number }, time: number): boolean {
  return from <= time && time < until;
}

/** Tokens of the issuer, of the prefix, of either where both are there, or all. */
function recogniser(place: string, issuer: string | undefined, prefix: string | undefined): (token: string) => boolean {
  if (prefix !== undefined && !/^[A-Za-z0-9._~-]{1,64}$/.test(prefix)) {
    throw new ConfigurationError(`${place}.tokenPrefix`, 'has 1 to 64 of A-Z a-z 0-9 . _ ~ -');
  }
  if (issuer === undefined && prefix === undefined) return () => true;
  return (token) =>
    (prefix !== undefined && token.startsWith(prefix)) || (issuer !== undefined && hintsOf(token)?.iss === issuer);
}

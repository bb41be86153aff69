import { hash, randomBytes } from 'node:crypto';
import { ConfigurationError } from '@sallyport/core';
import type { ClientStore } from '../clients/client.ts';
import { currentClients } from '../clients/current-clients.ts';
import { available } from '../lib/available.ts';
import { BoundedCache } from '../lib/bounded-cache.ts';
import { BearerFault } from '../strategies/bearer-fault.ts';
import {
  admit,
  clientsOf,
  defineTokenKind,
  lifetimeOf,
  type TokenFacts,
  type TokenKind,
  type TokenService,
  type TokenSetup,
} from './token.ts';
import { type FoundToken, type TokenStore, TokenStoreService } from './token-store.ts';

export interface OpaqueTokenOptions {
  /** Default: the service {@link TokenStoreService}. */
  readonly store?: TokenStore;
  /** Default: the service `ClientStoreService`. */
  readonly clients?: ClientStore;
  /** Lifetime of tokens whose client has none of its own; default 600 (R48). */
  readonly lifetimeSeconds?: number;
  /** No client's tokens live longer; default 3600 (R48). */
  readonly maxLifetimeSeconds?: number;
  /** What tokens begin with, so that leak scanners and the bearer strategy recognise them; default `spt_`. */
  readonly prefix?: string;
  /** The API that tokens are for; the API's name when absent. Tokens of another audience do not hold here. */
  readonly audience?: string;
  /**
   * How long a verified token is remembered, 0 to 5 seconds; default 1, and then a token that another process revokes
   * holds here for no longer than that (R28). What this process revokes is forgotten at once.
   */
  readonly cacheSeconds?: number;
  /** The same for the client behind it; default 0: looked up at each use. */
  readonly clientCacheSeconds?: number;
  /** How many tokens are remembered; default 10 000. */
  readonly cacheSize?: number;
  /** `token` (default): the token's scopes that the client still holds. `client`: all that the client holds now. */
  readonly scopesFrom?: 'token' | 'client';
  /** Refuses tokens that are older than the client's last change (its epoch); default true. */
  readonly epoch?: boolean;
}

/**
 * Opaque access tokens (SECURITY 4.3): a prefix and 32 random bytes, of which only the SHA-256 digest is stored, looked
 * up by equality. Disabling a client or revoking a token ends it with the next use, in other processes within the
 * caches' seconds (0 turns a cache off).
 *
 * @throws ConfigurationError from `connect` when an option is out of range.
 */
export function opaqueTokens(options: OpaqueTokenOptions = {}): TokenKind {
  return defineTokenKind('opaque', (setup) => buildOpaque(options, setup));
}

interface Remembered extends TokenFacts {
  readonly until: number;
}

const sweepEveryMs = 600_000;

function buildOpaque(options: OpaqueTokenOptions, setup: TokenSetup): TokenService {
  const path = 'opaqueTokens';
  const store = options.store ?? setup.services.resolve(TokenStoreService);
  const clients = currentClients(clientsOf(setup, options.clients), options.clientCacheSeconds ?? 0, path);
  const readsClients = (options.clientCacheSeconds ?? 0) === 0;
  const most = seconds(`${path}.maxLifetimeSeconds`, options.maxLifetimeSeconds ?? 3600, 1, 31_536_000);
  const usual = seconds(`${path}.lifetimeSeconds`, options.lifetimeSeconds ?? 600, 1, most);
  const cacheMs = 1000 * seconds(`${path}.cacheSeconds`, options.cacheSeconds ?? 1, 0, 5);
  const prefix = options.prefix ?? 'spt_';
  if (!/^[A-Za-z0-9_-]{0,32}$/.test(prefix)) throw new ConfigurationError(`${path}.prefix`, 'is not A-Z a-z 0-9 _ -');
  const shape = new RegExp(`^${prefix}[A-Za-z0-9_-]{43}$`);
  const audience = options.audience ?? setup.api.name;
  const scopesFrom = options.scopesFrom ?? 'token';
  const checkEpoch = options.epoch ?? true;
  const cache = new BoundedCache<Remembered>(cacheMs === 0 ? 0 : (options.cacheSize ?? 10_000));
  // A row that was read before a revocation and arrives after it must not be remembered.
  let revocations = 0;
  let swept = 0;

  const load = async (digest: string, now: Date) => {
    const before = revocations;
    const found = await available(() => store.find(digest));
    if (found === undefined || found.digest !== digest || found.audience !== audience) {
      throw new BearerFault('token_invalid');
    }
    const facts = rememberable(found, checkEpoch, now.getTime() + cacheMs);
    checkExpiry(facts, now);
    if (before === revocations) cache.set(digest, facts);
    // A client that came in the same query is as fresh as one of its own query.
    const client = readsClients && found.client !== undefined ? found.client : await clients.find(facts.clientId, now);
    return admit(facts, client, now, scopesFrom);
  };

  return {
    recognises: (token) => shape.test(token),
    async issue({ client, scopes, now }) {
      const token = prefix + randomBytes(32).toString('base64url');
      const expiresInSeconds = lifetimeOf(client, usual, most);
      const expiresAt = new Date(now.getTime() + expiresInSeconds * 1000);
      const { clientId, epoch } = client;
      const digest = digestOf(token);
      await available(() => store.insert({ digest, clientId, scopes, epoch, audience, issuedAt: now, expiresAt }));
      if (now.getTime() - swept > sweepEveryMs) {
        swept = now.getTime();
        await available(() => store.removeExpired?.(now));
      }
      return { token, expiresInSeconds };
    },
    verify(token, now) {
      const digest = digestOf(token);
      const known = cache.get(digest);
      if (known === undefined || known.until <= now.getTime()) return load(digest, now);
      checkExpiry(known, now);
      const client = clients.find(known.clientId, now);
      if (!(client instanceof Promise)) return admit(known, client, now, scopesFrom);
      return client.then((one) => admit(known, one, now, scopesFrom));
    },
    async describe(token) {
      const found = await available(() => store.find(digestOf(token)));
      if (found === undefined || found.audience !== audience) return undefined;
      return {
        exp: secondsOf(found.expiresAt),
        iat: secondsOf(found.issuedAt),
        aud: found.audience,
        sub: found.clientId,
      };
    },
    async revoke(token) {
      const digest = digestOf(token);
      await available(() => store.remove(digest));
      revocations += 1;
      cache.delete(digest);
    },
  };
}

function rememberable(found: FoundToken, checkEpoch: boolean, until: number): Remembered {
  const { clientId, scopes, expiresAt } = found;
  return { clientId, scopes, epoch: checkEpoch ? found.epoch : undefined, expiresAt, until };
}

function checkExpiry(facts: TokenFacts, now: Date): void {
  if (facts.expiresAt <= now) throw new BearerFault('token_expired');
}

/** The only form in which a token is stored or compared. */
export function digestOf(token: string): string {
  return hash('sha256', token, 'base64url');
}

function secondsOf(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}

function seconds(path: string, value: number, least: number, most: number): number {
  if (Number.isFinite(value) && value >= least && value <= most) return value;
  throw new ConfigurationError(path, `must be from ${least} to ${most} seconds`);
}

import { hash, randomBytes } from 'node:crypto';
import { ConfigurationError, checkAtStart } from '@sallyport/core';
import { changesOf, publishTo } from '../changes/change-feed.ts';
import { WatchedCache } from '../changes/watched-cache.ts';
import type { ClientStore } from '../clients/client.ts';
import { clientAt } from '../clients/client-at.ts';
import { currentClients } from '../clients/current-clients.ts';
import { heldScopes } from '../clients/held-scopes.ts';
import { available } from '../lib/available.ts';
import { checksum, endsInChecksum } from '../lib/checksum.ts';
import { inRange } from '../lib/range.ts';
import { BearerFault } from '../strategies/bearer-fault.ts';
import {
  admit,
  clientsOf,
  defineTokenKind,
  grantee,
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
   * How long a verified token is remembered, 0 to 5 seconds; default 5 where a `changeFeed` tells what other processes
   * revoke, else 1, and then a token that another process revokes holds here for no longer than that (R28). What this
   * process revokes is forgotten at once. While a feed is there and does not work, nothing is remembered.
   */
  readonly cacheSeconds?: number;
  /** The same for the client behind it; default 5 with a feed, else 0: looked up at each use. */
  readonly clientCacheSeconds?: number;
  /** How many tokens are remembered; default 10 000. */
  readonly cacheSize?: number;
  /** `token` (default): the token's scopes that the client still holds. `client`: all that the client holds now. */
  readonly scopesFrom?: 'token' | 'client';
  /** Refuses tokens that are older than the client's last change (its epoch); default true. */
  readonly epoch?: boolean;
}

/**
 * Opaque access tokens (SECURITY 4.3): a prefix, 32 random bytes and a checksum, of which only the SHA-256 digest is
 * stored, looked up by equality. What is no such text is refused before any query. Disabling a client or revoking a token
 * ends it with the next use; in other processes as soon as a `changeFeed` tells them, else within the caches' seconds.
 *
 * @throws ConfigurationError from `connect` when an option is out of range.
 */
export function opaqueTokens(options: OpaqueTokenOptions = {}): TokenKind {
  return defineTokenKind('opaque', (setup) => buildOpaque(options, setup));
}

const sweepEveryMs = 600_000;

function buildOpaque(options: OpaqueTokenOptions, setup: TokenSetup): TokenService {
  const path = 'opaqueTokens';
  const store = options.store ?? setup.services.resolve(TokenStoreService);
  checkAtStart(setup.services, () => store);
  const changes = changesOf(setup);
  const clients = currentClients(clientsOf(setup, options.clients), options.clientCacheSeconds, path, changes);
  const most = inRange(`${path}.maxLifetimeSeconds`, options.maxLifetimeSeconds ?? 3600, 1, 31_536_000);
  const usual = inRange(`${path}.lifetimeSeconds`, options.lifetimeSeconds ?? 600, 1, most);
  const prefix = options.prefix ?? 'spt_';
  if (!/^[A-Za-z0-9_-]{0,32}$/.test(prefix)) throw new ConfigurationError(`${path}.prefix`, 'is not A-Z a-z 0-9 _ -');
  const shape = new RegExp(`^${prefix}[A-Za-z0-9_-]{49}$`);
  const recognises = (token: string): boolean => shape.test(token) && endsInChecksum(token);
  const audience = options.audience ?? setup.api.name;
  const admission = { audience, scopesFrom: options.scopesFrom ?? 'token', holds: heldScopes(setup.services) };
  const checkEpoch = options.epoch ?? true;
  const cache = new WatchedCache<TokenFacts>({
    changes,
    seconds: options.cacheSeconds,
    usualSeconds: 1,
    limit: options.cacheSize ?? 10_000,
    keyOf: (change) => (change.kind === 'token' ? change.digest : undefined),
    path: `${path}.cacheSeconds`,
  });
  let swept = 0;

  const load = async (digest: string, now: Date) => {
    const [mark, clientMark] = [cache.mark(), clients.mark()];
    const found = await available(() => store.find(digest));
    if (found === undefined || found.digest !== digest || found.audience !== audience) {
      throw new BearerFault('token_invalid');
    }
    const facts = factsOf(found, checkEpoch);
    checkExpiry(facts, now);
    cache.set(digest, facts, now, mark);
    // A client that came in the same query is as fresh as one of its own query.
    const client =
      found.client?.clientId === facts.clientId
        ? clients.found(found.client, now, clientMark)
        : await clients.find(facts.clientId, now);
    return admit(facts, client, now, admission);
  };

  return {
    // By its prefix, so that what is nearly one of ours is sent to nobody else.
    recognises: (token) => (prefix === '' ? recognises(token) : token.startsWith(prefix)),
    clientHere: (client) => clientAt(client, audience),
    async issue({ client, scopes, now }) {
      const body = prefix + randomBytes(32).toString('base64url');
      const token = body + checksum(body);
      const expiresInSeconds = lifetimeOf(grantee(client, audience), usual, most);
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
      if (!recognises(token)) throw new BearerFault('token_invalid');
      const digest = digestOf(token);
      const known = cache.get(digest, now);
      if (known === undefined) return load(digest, now);
      checkExpiry(known, now);
      const client = clients.find(known.clientId, now);
      if (!(client instanceof Promise)) return admit(known, client, now, admission);
      return client.then((one) => admit(known, one, now, admission));
    },
    async describe(token) {
      if (!recognises(token)) return undefined;
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
      if (!recognises(token)) return;
      const digest = digestOf(token);
      await available(() => store.remove(digest));
      cache.drop(digest);
      await publishTo(changes, { kind: 'token', digest });
    },
  };
}

function factsOf({ clientId, scopes, expiresAt, epoch }: FoundToken, checkEpoch: boolean): TokenFacts {
  return { clientId, scopes, epoch: checkEpoch ? epoch : undefined, expiresAt };
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

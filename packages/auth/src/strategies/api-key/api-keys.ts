import {
  type AuthenticationStrategy,
  type CallerPrincipal,
  ConfigurationError,
  checkAtStart,
  definePlugin,
  isToken,
  LoggerService,
  type Plugin,
  type PluginSetup,
  SallyportError,
} from '@sallyport/core';
import { changesOf } from '../../changes/change-feed.ts';
import { WatchedCache } from '../../changes/watched-cache.ts';
import { type ClientRecord, type ClientStore, isLive } from '../../clients/client.ts';
import { clientAt } from '../../clients/client-at.ts';
import { currentClients } from '../../clients/current-clients.ts';
import { available } from '../../lib/available.ts';
import { challenge } from '../../lib/text.ts';
import { clientsOf } from '../../tokens/token.ts';
import { clientCaller } from '../client-caller.ts';
import { apiKeyDigest, isIssuedApiKey } from './key.ts';
import { type LastUses, lastUses } from './last-uses.ts';
import type { ApiKeyStore, StoredApiKey } from './store.ts';

export interface ApiKeysOptions {
  readonly store: ApiKeyStore;
  /** The header that keys stand in; default `X-API-Key`. They are never read from an address. */
  readonly header?: string;
  /** Default: the service `ClientStoreService`. */
  readonly clients?: ClientStore;
  /** The API that keys are for, among those of a client that has several; the API's name when absent. */
  readonly audience?: string;
  /**
   * How long a key that was found is remembered, 0 to 5 seconds; default 1, and 5 with a `changeFeed`. What this process
   * revokes is forgotten at once.
   */
  readonly cacheSeconds?: number;
  /** The same for the client behind it; default 0, and 5 with a `changeFeed`. */
  readonly clientCacheSeconds?: number;
  /** How many keys are remembered; default 10 000. */
  readonly cacheSize?: number;
  /** Whether any change of the client (its epoch) ends the keys that were issued before; default false. */
  readonly epoch?: boolean;
  /** The realm of the challenge; the API's name when absent, none at all when `false`. */
  readonly realm?: string | false;
  /** The name of strategy and plugin; default `auth.api-keys`. */
  readonly name?: string;
  /** How documents describe it; default is OpenAPI's `apiKey`, named `apiKey`. */
  readonly scheme?: AuthenticationStrategy['scheme'];
}

/**
 * Accepts API keys in a header. A key stands for a client, with the client's scopes of this moment or some of them; a
 * client that is disabled or has expired takes its keys with it.
 *
 * @example apiKeys({ store: createApiKeyStore(orm) })
 * @throws ConfigurationError for a header that no key can stand in, and for times out of range
 * @see docs/guides/api-keys.md
 */
export function apiKeys(options: ApiKeysOptions): Plugin {
  const name = options.name ?? 'auth.api-keys';
  const header = options.header ?? 'X-API-Key';
  const taken = ['authorization', 'proxy-authorization', 'cookie', 'host'];
  if (!isToken(header) || taken.includes(header.toLowerCase())) {
    throw new ConfigurationError('apiKeys.header', 'must be the name of a header of its own');
  }
  const running = new Set<LastUses>();
  return definePlugin({
    name,
    strategies: (setup) => {
      checkAtStart(setup.services, () => options.store);
      const uses = lastUses(
        options.store,
        setup.services.has(LoggerService) ? setup.services.resolve(LoggerService) : undefined,
      );
      running.add(uses);
      return [apiKeyStrategy(options, { name, header }, setup, uses)];
    },
    stop: async () => {
      for (const uses of running) await uses.flush();
    },
  });
}

function apiKeyStrategy(
  options: ApiKeysOptions,
  { name, header }: { readonly name: string; readonly header: string },
  setup: PluginSetup,
  uses: LastUses,
): AuthenticationStrategy {
  const { store, audience = setup.api.name, epoch = false } = options;
  const field = header.toLowerCase();
  const realm = options.realm === false ? undefined : (options.realm ?? setup.api.name);
  const told = challenge('ApiKey', { realm, header });
  const changes = changesOf(setup);
  const clients = currentClients(clientsOf(setup, options.clients), options.clientCacheSeconds, 'apiKeys', changes);
  const keys = new WatchedCache<StoredApiKey>({
    changes,
    seconds: options.cacheSeconds,
    usualSeconds: 1,
    limit: options.cacheSize ?? 10_000,
    keyOf: (change) => (change.kind === 'token' ? change.digest : undefined),
    path: 'apiKeys.cacheSeconds',
  });
  store.onRemove?.((digest) => keys.drop(digest));
  // The answer of a key's last use, for as long as the client's record stays the same object.
  const answers = new WeakMap<StoredApiKey, { readonly client: ClientRecord; readonly principal: CallerPrincipal }>();

  const refused = (): SallyportError =>
    new SallyportError('invalid_token', {
      detail: 'The API key is not valid.',
      headers: { 'WWW-Authenticate': told },
    });

  const load = async (digest: string, now: Date): Promise<StoredApiKey> => {
    const mark = keys.mark();
    const key = await available(() => store.find(digest));
    if (key === undefined || key.digest !== digest) throw refused();
    keys.set(digest, key, now, mark);
    return key;
  };

  const admit = (key: StoredApiKey, found: ClientRecord | undefined, now: Date): CallerPrincipal => {
    const known = found !== undefined && found.clientId === key.clientId && isLive(found, now) ? found : undefined;
    const client = known === undefined ? undefined : clientAt(known, audience);
    // A client's epoch only grows: one that is smaller is that of another client of the same id.
    if (client === undefined || (epoch ? key.epoch !== client.epoch : key.epoch > client.epoch)) throw refused();
    uses.note(key.id, now);
    const last = answers.get(key);
    if (last?.client === client) return last.principal;
    const scopes = key.scopes === undefined ? client.scopes : client.scopes.filter((one) => key.scopes?.includes(one));
    const principal = Object.freeze({ ...clientCaller(client, new Set(scopes)), strategy: name });
    answers.set(key, { client, principal });
    return principal;
  };

  return {
    name,
    scheme: options.scheme ?? { name: 'apiKey', definition: { type: 'apiKey', in: 'header', name: header } },
    challenge: told,
    carries: ({ headers }) => (headers[field] ?? '') !== '',
    async authenticate({ head, now }) {
      const sent = head.headers[field] ?? '';
      if (sent === '') return undefined;
      // Lines of one name arrive joined by commas.
      if (sent.includes(',')) {
        throw new SallyportError('malformed_request', { detail: `The header ${header} was sent more than once.` });
      }
      if (!isIssuedApiKey(sent)) throw refused();
      const digest = apiKeyDigest(sent);
      const key = keys.get(digest, now) ?? (await load(digest, now));
      if (key.expiresAt !== undefined && key.expiresAt <= now) throw refused();
      return admit(key, await clients.find(key.clientId, now), now);
    },
  };
}

import {
  type AuthenticationStrategy,
  type CallerPrincipal,
  ClockService,
  ConfigurationError,
  definePlugin,
  type Plugin,
  type PluginSetup,
} from '@sallyport/core';
import { changesOf } from '../changes/change-feed.ts';
import { type ClientRecord, isLive } from '../clients/client.ts';
import { clientAt } from '../clients/client-at.ts';
import { currentClients } from '../clients/current-clients.ts';
import { isClientId } from '../lib/text.ts';
import { clientsOf } from '../tokens/token.ts';
import { clientCaller } from './client-caller.ts';

export interface PublicAccountOptions {
  /** The client that calls without credentials run as. It needs no secret; its scopes and attributes hold as ever. */
  readonly clientId: string;
  /** Names of the resources that are open in this way; all when absent. */
  readonly resources?: readonly string[];
  /** The API, among those of a client that has several; the API's name when absent. */
  readonly audience?: string;
  /** How long the client's record is remembered, 0 to 5 seconds; default 5 with a `changeFeed`, else 1 (R28). */
  readonly clientCacheSeconds?: number;
  /** The name of strategy and plugin; default `auth.public`. */
  readonly name?: string;
}

/** The account at one API. */
interface PublicAccount {
  readonly strategy: AuthenticationStrategy;
  /** Finds out how the account stands, for documents. */
  look(): Promise<void>;
}

/**
 * Opens resources to callers without credentials: they run as a configured client, with its rights and under its
 * domain, and disabling that client closes them again. A call with an `Authorization` header is left to the strategies
 * that understand it, so that a bad token is refused as ever; so is a session's, as they are asked first.
 *
 * @example publicAccount({ clientId: 'guest', resources: ['country'] })
 * @throws ConfigurationError for what is no id of a client, from its start for resources that the API does not have
 * @see docs/guides/authentication-modes.md
 */
export function publicAccount(options: PublicAccountOptions): Plugin {
  const name = options.name ?? 'auth.public';
  // Whoever writes JavaScript may leave it out.
  const clientId: unknown = options.clientId;
  if (typeof clientId !== 'string' || !isClientId(clientId)) {
    throw new ConfigurationError('publicAccount.clientId', 'must name a client');
  }
  const accounts = new WeakMap<object, PublicAccount>();
  return definePlugin({
    name,
    after: ['auth.bearer', 'auth.session'],
    strategies: (setup) => {
      const account = connectAccount(name, options, setup);
      accounts.set(setup.services, account);
      return [account.strategy];
    },
    start: async ({ resources }, { services }) => {
      const unknown = options.resources?.find((resource) => !resources.has(resource));
      if (unknown !== undefined) {
        throw new ConfigurationError('publicAccount.resources', `the API has no resource "${unknown}"`);
      }
      await accounts.get(services)?.look();
    },
  });
}

function connectAccount(name: string, options: PublicAccountOptions, setup: PluginSetup): PublicAccount {
  const { services, api } = setup;
  const { clientId, audience = api.name } = options;
  const open = options.resources === undefined ? undefined : new Set(options.resources);
  const opens = (resource: string | undefined) => resource !== undefined && open?.has(resource) !== false;
  const changes = changesOf(setup);
  const seconds = options.clientCacheSeconds ?? (changes === undefined ? 1 : undefined);
  const store = clientsOf(setup, undefined);
  const clients = currentClients(store, seconds, 'publicAccount', changes);
  const principals = new WeakMap<ClientRecord, CallerPrincipal>();
  /** As it was when it was last looked at. */
  let last: ClientRecord | undefined;

  const principalOf = (client: ClientRecord): CallerPrincipal => {
    let principal = principals.get(client);
    if (principal === undefined) {
      principal = Object.freeze({ ...clientCaller(client, new Set(client.scopes)), strategy: name, shared: true });
      principals.set(client, principal);
    }
    return principal;
  };
  /** The caller that the record makes at a time, if any. */
  const callerOf = (record: ClientRecord | undefined, at: Date): CallerPrincipal | undefined => {
    const client = record !== undefined && isLive(record, at) ? clientAt(record, audience) : undefined;
    return client === undefined ? undefined : principalOf(client);
  };
  const now = () => (services.has(ClockService) ? services.resolve(ClockService).now() : new Date());
  const look = async (): Promise<void> => {
    // A store that is away says nothing of the account: calls are answered 503, and documents promise nobody anything.
    last = await Promise.resolve(clients.find(clientId, now())).catch(() => undefined);
  };
  // Behind the cache of clients, which lets go of it first.
  store.onChange?.((changed) => {
    if (changed === clientId) void look();
  });
  changes?.subscribe((change) => {
    if (change.kind === 'everything' || (change.kind === 'client' && change.clientId === clientId)) void look();
  });

  return {
    look,
    strategy: {
      name,
      opens,
      openScopes: () => callerOf(last, now())?.scopes ?? new Set(),
      async authenticate({ head, resource, now: at }) {
        if (head.headers.authorization !== undefined) return undefined;
        if (!opens(resource)) return undefined;
        const found = await clients.find(clientId, at);
        last = found;
        return callerOf(found, at);
      },
    },
  };
}

import { type AuthenticationStrategy, type CallerPrincipal, definePlugin, type Plugin } from '@sallyport/core';
import { changesOf } from '../changes/change-feed.ts';
import { type ClientRecord, isLive } from '../clients/client.ts';
import { clientAt } from '../clients/client-at.ts';
import { currentClients } from '../clients/current-clients.ts';
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

/**
 * Opens resources to callers without credentials: they run as a configured client, with its rights and under its
 * domain, and disabling that client closes them again. A call with an `Authorization` header is left to the strategies
 * that understand it, so that a bad token is refused as ever; so is a session's, as they are asked first.
 *
 * @example publicAccount({ clientId: 'guest', resources: ['country'] })
 */
export function publicAccount(options: PublicAccountOptions): Plugin {
  const name = options.name ?? 'auth.public';
  const open = options.resources === undefined ? undefined : new Set(options.resources);
  const opens = (resource: string | undefined) => resource !== undefined && open?.has(resource) !== false;
  const principals = new WeakMap<ClientRecord, CallerPrincipal>();
  const principalOf = (client: ClientRecord): CallerPrincipal => {
    let principal = principals.get(client);
    if (principal === undefined) {
      principal = Object.freeze({ ...clientCaller(client, new Set(client.scopes)), strategy: name, shared: true });
      principals.set(client, principal);
    }
    return principal;
  };
  return definePlugin({
    name,
    after: ['auth.bearer', 'auth.session'],
    strategies: (setup) => {
      const changes = changesOf(setup);
      const audience = options.audience ?? setup.api.name;
      const seconds = options.clientCacheSeconds ?? (changes === undefined ? 1 : undefined);
      const clients = currentClients(clientsOf(setup, undefined), seconds, 'publicAccount', changes);
      const strategy: AuthenticationStrategy = {
        name,
        opens,
        async authenticate({ head, resource, now }) {
          if (head.headers.authorization !== undefined) return undefined;
          if (!opens(resource)) return undefined;
          const found = await clients.find(options.clientId, now);
          const client = found !== undefined && isLive(found, now) ? clientAt(found, audience) : undefined;
          return client === undefined ? undefined : principalOf(client);
        },
      };
      return [strategy];
    },
  });
}

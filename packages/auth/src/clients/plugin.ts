import { definePlugin, type Plugin, type Services } from '@sallyport/core';
import { type ClientStore, ClientStoreService } from './client.ts';
import { type SecretHasher, SecretHasherService } from './secret-hasher.ts';

export interface ClientsOptions {
  /** Where clients are looked up. */
  readonly store: ClientStore | ((services: Services) => ClientStore);
  /** What checks their secrets; not needed where no token endpoint is. */
  readonly hasher?: SecretHasher;
}

/** Registers the clients of an API, for its token endpoints and its strategies. */
export function clients(options: ClientsOptions): Plugin {
  const { store, hasher } = options;
  return definePlugin({
    name: 'auth.clients',
    services: ({ services }) => {
      services.register(ClientStoreService, (given) => (typeof store === 'function' ? store(given) : store));
      if (hasher !== undefined) services.register(SecretHasherService, () => hasher);
    },
  });
}
